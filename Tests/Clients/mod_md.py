"""Scenarios for mod_md (https://httpd.apache.org/docs/2.4/mod/mod_md.html), the client inside Apache."""

import subprocess
import time

from harness import CLIENT_DEADLINE, Failure, environment, expect, scenario

PROGRAM = "/usr/sbin/apache2"
MODULES = "/usr/lib/apache2/modules"


class Apache:
    """A web server of its own that manages a certificate: `with Apache(bench, names, challenge) as apache:`."""

    def __init__(self, bench, names, challenge):
        self.bench = bench
        self.names = names
        self.store = bench.folder / "md"
        modules = "".join(
            f"LoadModule {name}_module {MODULES}/mod_{name}.so\n"
            for name in ("mpm_event", "authz_core", "socache_shmcb", "ssl", "md")
        )
        acme_tls = " acme-tls/1" if challenge == "tls-alpn-01" else ""
        bench.keep("httpd.conf", f"""
{modules}
ServerName {names[0]}
PidFile {bench.folder}/httpd.pid
ErrorLog /dev/stderr
LogLevel warn md:debug
Mutex file:{bench.folder}
Listen 127.0.0.1:{bench.server.http_port}
Listen 127.0.0.1:{bench.server.tls_port}
Protocols http/1.1{acme_tls}
DocumentRoot {bench.folder}

MDStoreDir {self.store}
MDCertificateAuthority {bench.server.directory}
MDCACertificateFile {bench.server.root_file}
MDCertificateAgreement accepted
MDContactEmail someone@example.test
MDPortMap 80:{bench.server.http_port} 443:{bench.server.tls_port}
MDCAChallenges {challenge}
MDPrivateKeys secp256r1
MDRetryDelay 5s
MDomain {" ".join(names)}

<VirtualHost *:{bench.server.tls_port}>
    ServerName {names[0]}
    ServerAlias {" ".join(names[1:])}
    SSLEngine on
</VirtualHost>
""")

    def __enter__(self):
        self._log = self.bench.log.open("a")
        self._process = subprocess.Popen(
            [PROGRAM, "-d", self.bench.folder, "-f", self.bench.folder / "httpd.conf", "-D", "FOREGROUND"], cwd=self.bench.folder,
            env=environment(self.bench.folder), stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        return self

    def __exit__(self, kind, value, traceback):
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def await_certificate(self):
        """Waits until the server has fetched a certificate and put it beside those in use; returns the folder."""
        staged = self.store / "staging" / self.names[0]
        deadline = time.monotonic() + CLIENT_DEADLINE
        while not (staged / "pubcert.secp256r1.pem").exists():
            if self._process.poll() is not None:
                raise Failure(f"Apache ended with status {self._process.returncode}")
            if time.monotonic() > deadline:
                raise Failure(f"Apache had no certificate after {CLIENT_DEADLINE} s")
            time.sleep(0.1)
        return staged


def issue(bench, challenge, names):
    with Apache(bench, names, challenge) as apache:
        apache.await_certificate()
    # What was staged is taken into use at the next start.
    with Apache(bench, names, challenge):
        domain = bench.folder / "md" / "domains" / names[0]
        deadline = time.monotonic() + CLIENT_DEADLINE
        while not (domain / "pubcert.secp256r1.pem").exists():
            expect(time.monotonic() < deadline, f"{domain} has no certificate after the restart")
            time.sleep(0.1)
    bench.judge(domain / "pubcert.secp256r1.pem", domain / "privkey.secp256r1.pem", names, "P-256")


@scenario("mod_md: http-01 for several names")
def http_01(bench):
    issue(bench, "http-01", ["www.example.test", "example.test"])


@scenario("mod_md: tls-alpn-01")
def tls_alpn_01(bench):
    issue(bench, "tls-alpn-01", ["tls.example.test", "alpn.example.test"])
