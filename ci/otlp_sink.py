"""Takes OTLP over HTTP on a free loopback port and keeps the bodies: otlp_sink.py PORT_FILE BODY_FILE."""

import http.server
import sys

port_file, body_file = sys.argv[1:]


class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        with open(body_file, "ab") as bodies:
            bodies.write(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Sink)
with open(port_file, "w") as port:
    port.write(str(server.server_port))
server.serve_forever()
