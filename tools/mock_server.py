"""costwar mock as a child process on a free port of loopback, for the tools of this folder."""
import pathlib
import signal
import subprocess
import time


class Mock:
    """with Mock(binary, folder, *flags) as mock: mock.url. Stopped by SIGINT, which lets it write its files."""

    def __init__(self, binary, folder, *flags):
        self.url_file = pathlib.Path(folder, "url")
        self.url_file.unlink(missing_ok=True)
        self.log = open(pathlib.Path(folder, "mock.log"), "wb")
        self.process = subprocess.Popen([binary, "mock", "--port", "0", "--url-file", self.url_file, *flags],
                                        cwd=folder, stdout=self.log, stderr=self.log)

    def __enter__(self):
        deadline = time.monotonic() + 60
        while not (self.url_file.exists() and self.url_file.read_text().strip()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise SystemExit("the mock server did not start: " + pathlib.Path(self.log.name).read_text())
            time.sleep(0.01)
        self.url = self.url_file.read_text().strip()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
