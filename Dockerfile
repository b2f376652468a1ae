# The command line and an example worker, made from this folder: what compose.yaml runs.
#   docker build --target command -t jobtrail .
#   docker run --rm jobtrail collector backends
FROM docker.io/library/node:24.11.0-bookworm-slim AS build
WORKDIR /source
COPY . .
RUN npx -y pnpm@12 install --frozen-lockfile
RUN npx -y pnpm@12 pack:all

FROM docker.io/library/node:24.11.0-bookworm-slim AS worker
WORKDIR /app
COPY --from=build /source/packs /packs
COPY examples/observability/worker/worker.js /app/
RUN npm init -y
RUN npm pkg set type=module
RUN npm install --no-audit --no-fund /packs/*.tgz bullmq@6.7.0 ioredis@5.11.1
USER node
CMD ["node", "--import", "@jobtrail/register", "worker.js"]

FROM docker.io/library/node:24.11.0-bookworm-slim AS command
WORKDIR /opt/jobtrail
COPY --from=build /source/packs /packs
RUN npm init -y
RUN npm install --no-audit --no-fund /packs/*.tgz
ENV PATH=/opt/jobtrail/node_modules/.bin:/usr/local/bin:/usr/bin:/bin
USER 10001:10001
ENTRYPOINT ["jobtrail"]
