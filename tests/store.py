"""An object store in this process: a directory, spoken to as Amazon S3 is."""

import http.server
import threading
import urllib.parse
from contextlib import contextmanager
from xml.sax.saxutils import escape

_OBJECT = (
    "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
    '<ETag>"1"</ETag><Size>{}</Size></Contents>'
)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Lists and hands out what lies in `folder`; writes down in `requests` what was asked."""

    protocol_version = "HTTP/1.1"
    folder = None
    requests = None

    def log_message(self, *_):
        """Print nothing."""

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(url.query))
        bucket, _, key = urllib.parse.unquote(url.path).lstrip("/").partition("/")
        self.requests.append(key or f"?{asked.get('prefix', '')}")
        path = self.folder / key
        if bucket != "runs":
            self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        elif not key:
            self.answer(200, self.listing(asked.get("prefix", "")))
        elif path.is_file():
            self.part(path.read_bytes())
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def listing(self, prefix):
        keys = {str(p.relative_to(self.folder)): p for p in self.folder.rglob("*") if p.is_file()}
        objects = "".join(
            _OBJECT.format(escape(key), path.stat().st_size)
            for key, path in sorted(keys.items())
            if key.startswith(prefix)
        )
        return f"<ListBucketResult>{objects}</ListBucketResult>".encode()

    def part(self, data):
        first, _, last = self.headers.get("Range", "bytes=0-")[6:].partition("-")
        first, last = int(first), min(int(last or len(data)), len(data) - 1)
        status = 206 if "Range" in self.headers else 200
        self.answer(status, data[first : last + 1], f"bytes {first}-{last}/{len(data)}")

    def answer(self, status, body, content_range=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def serving(folder):
    """The environment in which `s3://runs/` is a directory, and a list of what will be asked."""
    requests = []
    handler = type("Handler", (_Handler,), {"folder": folder, "requests": requests})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
    }
    try:
        yield environment, requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
