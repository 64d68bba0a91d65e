"""Answers to challenges for clients that put a file into a folder and leave the answering to someone else.

Each is a context manager that listens on loopback from its first line to its last.
"""

import functools
import socket
import ssl
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *parts):
        pass


class Webroot:
    """A web server for http-01: `with Webroot(bench) as folder:`, and what lies in the folder is the answer."""

    def __init__(self, bench):
        self.root = bench.folder / "webroot"
        self.challenges = self.root / ".well-known" / "acme-challenge"
        self._port = bench.server.http_port

    def __enter__(self):
        self.challenges.mkdir(parents=True, exist_ok=True)
        handler = functools.partial(_Quiet, directory=str(self.root))
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self.challenges

    def __exit__(self, kind, value, traceback):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class ALPNResponder:
    """A TLS server for tls-alpn-01 that shows `NAME.crt.pem` of a folder, with the key `NAME.key.pem`."""

    def __init__(self, bench):
        self.folder = bench.folder / "alpn"
        self._port = bench.server.tls_port

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        self._context = self._make_context()
        self._context.sni_callback = self._choose
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self.folder

    def __exit__(self, kind, value, traceback):
        # Closing does not wake a thread that accepts; shutting down does.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _make_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["acme-tls/1"])
        return context

    def _choose(self, connection, name, context):
        own = self._make_context()
        own.load_cert_chain(self.folder / f"{name}.crt.pem", self.folder / f"{name}.key.pem")
        connection.context = own

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(10)
            try:
                self._context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()  # who comes without a name gets no certificate, and the server fails the challenge
