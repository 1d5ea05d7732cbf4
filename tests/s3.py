"""A real S3 server on the loopback interface: moto's, in a process of its own."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from uuid import uuid4

from holdfast.embedded.server import HOST
from holdfast.testing import wait_until

__all__ = ["S3Server"]


class S3Server:
    """Its `environment` leads every S3 client here, and to no other machine."""

    PAGE = 10  # objects in one page of a listing; S3 has 1,000

    def __init__(self, port: int, directory: Path) -> None:
        self.url = f"http://{HOST}:{port}"
        self.environment = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        with (directory / "s3.log").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", HOST, "-p", str(port)],
                env=os.environ | {"MOTO_S3_DEFAULT_MAX_KEYS": str(self.PAGE)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(self._answers, seconds=60, what="the S3 server")
        except TimeoutError:
            self.stop()
            raise

    def new_bucket(self) -> str:
        """The name of a bucket of its own."""
        name = f"test-{uuid4().hex}"
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/{name}", method="PUT"), timeout=10).close()
        return name

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError("the S3 server ended while starting")
        try:
            urllib.request.urlopen(f"{self.url}/moto-api/", timeout=10).close()
        except OSError:
            return False
        return True
