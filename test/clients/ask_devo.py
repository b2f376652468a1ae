"""Asks for jobs with Devo's own client, and prints what it was given."""
import json
import os

from devo.api import Client
from devo.api.client import DevoClientException


def asked(call):
    try:
        return call()
    except DevoClientException as error:
        return {"failed": str(error)}


def client(auth):
    return Client(address=os.environ["ADDRESS"], auth=auth, verify=os.environ["CERTIFICATE"])


signed = client({"key": os.environ["KEY"], "secret": os.environ["SECRET"]})
token = client({"token": os.environ["SECRET"]})
wrong = client({"key": os.environ["KEY"], "secret": "wrong"})
job = os.environ["JOB"]

print(
    json.dumps(
        {
            "jobs": asked(signed.get_jobs),
            "job": asked(lambda: signed.get_job(job)),
            "token": asked(lambda: token.get_job(job)),
            "unknown": asked(lambda: signed.get_job("3f6002a9-69cb-4495-9745-d47216fc58bf")),
            "stop": asked(lambda: signed.stop_job(job)),
            "start": asked(lambda: signed.start_job(job)),
            "remove": asked(lambda: signed.remove_job(job)),
            "wrong": asked(lambda: wrong.get_job(job)),
        }
    )
)
