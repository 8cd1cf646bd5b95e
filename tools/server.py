"""A static server for the built site that compresses text, as GitHub Pages does.

python tools/server.py [FOLDER] [--port 8000]
"""

import argparse
import gzip
from contextlib import contextmanager
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

COMPRESSED = {".html", ".css", ".js", ".svg", ".json", ".ipynb", ".txt"}


@lru_cache(None)
def compressed(path, modified):
    return gzip.compress(Path(path).read_bytes(), 6, mtime=0)


class Handler(SimpleHTTPRequestHandler):
    """Serves files, compressed where that helps, with a validator so that browsers may keep them."""

    protocol_version = "HTTP/1.1"

    def send_head(self):
        path = Path(self.translate_path(self.path))
        accepts = "gzip" in self.headers.get("Accept-Encoding", "")
        if not accepts or path.suffix not in COMPRESSED or not path.is_file():
            return super().send_head()
        data = compressed(str(path), path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        return BytesIO(data)

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def log_message(self, *arguments):
        """Say nothing of each request."""


@contextmanager
def serving(folder, port=0):
    """Serve `folder` on this machine only; gives the address, without a slash at its end."""
    handler = partial(Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("_build/html"))
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args()
    handler = partial(Handler, directory=str(chosen.folder))
    try:
        with ThreadingHTTPServer(("127.0.0.1", chosen.port), handler) as server:
            print(f"the book is at http://localhost:{chosen.port} (stop with Ctrl+C)", flush=True)
            server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
