import { charts, unproved } from "./signal.ts";
import type { Chart } from "./signal.ts";

const view = "jobtrail-records";
const width = 24;
const height = 12;

/** The overview as saved objects of Kibana, one a line: a data view of the job log's records, and charts in ES|QL. */
export function kibana(): string {
  const shown = charts.filter(({ metric }) => metric === "job.run.duration" || metric === "job.run.wait");
  const objects = [dataView, dashboardOf(shown)];
  return `${objects.map((each) => JSON.stringify(each)).join("\n")}\n`;
}

const dataView = {
  id: view,
  type: "index-pattern",
  attributes: { name: "Job log (Jobtrail)", title: "logs-*.otel-*", timeFieldName: "@timestamp" },
  references: [],
};

const dashboardOf = (shown: readonly Chart[]): object => ({
  id: "jobtrail-overview",
  type: "dashboard",
  attributes: {
    title: "Jobs: overview",
    description: unproved("Kibana 9, Saved objects API and Lens in ES|QL"),
    timeRestore: true,
    timeFrom: "now-6h",
    timeTo: "now",
    optionsJSON: JSON.stringify({ useMargins: true, syncColors: false, hidePanelTitles: false }),
    kibanaSavedObjectMeta: {
      searchSourceJSON: JSON.stringify({ query: { query: "", language: "kuery" }, filter: [] }),
    },
    panelsJSON: JSON.stringify(shown.map(panelOf)),
  },
  references: [],
});

function panelOf(chart: Chart, n: number): object {
  const id = `${n + 1}`;
  return {
    type: "lens",
    panelIndex: id,
    gridData: { x: (n % 2) * width, y: Math.floor(n / 2) * height, w: width, h: height, i: id },
    title: chart.title,
    embeddableConfig: {
      attributes: {
        title: chart.title,
        visualizationType: "lnsXY",
        type: "lens",
        references: [],
        state: {
          query: { esql: queryOf(chart) },
          filters: [],
          datasourceStates: {
            textBased: { layers: { layer: { query: { esql: queryOf(chart) }, columns: columnsOf(chart) } } },
          },
          visualization: {
            preferredSeriesType: "line",
            legend: { isVisible: true, position: "right" },
            layers: [
              {
                layerId: "layer",
                layerType: "data",
                seriesType: "line",
                xAccessor: "time",
                accessors: ["value"],
                ...(chart.by !== undefined && { splitAccessor: "by" }),
              },
            ],
          },
        },
      },
    },
  };
}

const columnsOf = ({ by }: Chart): object[] => [
  { columnId: "value", fieldName: "value", meta: { type: "number" } },
  { columnId: "time", fieldName: "time", meta: { type: "date" } },
  ...(by === undefined ? [] : [{ columnId: "by", fieldName: `attributes.${by}`, meta: { type: "string" } }]),
];

/** Elasticsearch keeps what OpenTelemetry sends as it is named: a record's attributes below `attributes`. */
function queryOf({ metric, show, by, results }: Chart): string {
  const where = ['event_name == "job.run.ended"'];
  if (results !== undefined)
    where.push(`attributes.job.run.result IN (${results.map((each) => `"${each}"`).join(", ")})`);
  const value = show === "rate" ? "COUNT(*)" : `PERCENTILE(attributes.${metric}, ${show.slice(1)})`;
  const grouped = by === undefined ? "" : `, attributes.${by}`;
  return `FROM logs-*.otel-* | WHERE ${where.join(" AND ")} | STATS value = ${value} BY time = BUCKET(@timestamp, 75, ?_tstart, ?_tend)${grouped}`;
}
