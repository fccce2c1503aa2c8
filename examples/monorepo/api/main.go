// Api tells the time over HTTP.
package main

import (
	"fmt"
	"log"
	"net/http"
	"time"
)

func now(clock func() time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, clock().UTC().Format(time.RFC3339))
	}
}

func main() {
	http.Handle("/", now(time.Now))
	log.Fatal(http.ListenAndServe("localhost:8080", nil))
}
