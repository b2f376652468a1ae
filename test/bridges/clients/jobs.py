"""What Devo's own client makes of a server's answers: a line of JSON for each call."""

import json
import sys
import warnings

from devo.api import Client

warnings.filterwarnings("ignore")
address, job = sys.argv[1:3]
QUIET = {"verify": False, "retries": 0, "retry_delay": 0}


def said(call, value):
    print(json.dumps({"call": call, "value": value}))


signed = Client(address=address, auth={"key": "devo-api-key", "secret": "devo-api-secret"}, **QUIET)
said("get_jobs", [each["id"] for each in signed.get_jobs()["object"]])
said("get_job", signed.get_job(job)["object"]["status"])
said("stop_job", signed.stop_job(job)["object"]["status"])
said("stop_job of a stopped job", signed.stop_job(job)["status"])
said("start_job", signed.start_job(job)["object"]["status"])
token = Client(address=address, auth={"token": "devo-token"}, **QUIET)
said("get_jobs with a token", [each["id"] for each in token.get_jobs()["object"]])
jwt = Client(address=address, auth={"jwt": "devo-token"}, **QUIET)
said("get_jobs with a JWT", [each["id"] for each in jwt.get_jobs()["object"]])
wrong = Client(address=address, auth={"key": "devo-api-key", "secret": "wrong"}, **QUIET)
said("get_jobs with a wrong secret", wrong.get_jobs())
said("remove_job", signed.remove_job(job)["object"]["status"])
said("get_job of a removed job", signed.get_job(job)["status"])
