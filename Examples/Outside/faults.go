package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

var client http.Client

func environment(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// cairn sends a request to the management API, and reads the answer into out, unless that is nil.
func cairn(method, path, body string, out any) {
	url := environment("CAIRN_URL", "https://localhost:15000") + "/cairn/v1" + path
	request, _ := http.NewRequest(method, url, bytes.NewBufferString(body))
	answer, err := client.Do(request)
	if err != nil || answer.StatusCode >= 300 {
		panic(fmt.Sprint(method, " ", path, ": ", err, answer))
	}
	defer answer.Body.Close()
	if out != nil {
		json.NewDecoder(answer.Body).Decode(out)
	}
}

func main() {
	root, _ := os.ReadFile(environment("CAIRN_ROOT", "Certs/root.pem"))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}

	cairn("POST", "/rules", `{"name": "busy", "at": "newOrder", "do": {"problem": "rateLimited", "times": 1}}`, nil)
	cairn("POST", "/clock/advance", `{"by": "61d"}`, nil)
	// … run your client …
	var rule struct{ Fired int }
	cairn("GET", "/rules/busy", "", &rule)
	var findings struct{ Entries []struct{ Grade, Kind, Detail string } }
	cairn("GET", "/findings", "", &findings)
	fmt.Println("fired", rule.Fired)
	for _, finding := range findings.Entries {
		fmt.Println(finding.Grade, finding.Kind, finding.Detail)
	}
	cairn("POST", "/reset", "", nil)
}
