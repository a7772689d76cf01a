package imapd

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func BenchmarkFetchEnvelope10k(b *testing.B) { benchmarkFetch(b, "1:* (UID FLAGS ENVELOPE)") }
func BenchmarkFetchFlags10k(b *testing.B)    { benchmarkFetch(b, "1:* (UID FLAGS)") }

func benchmarkFetch(b *testing.B, what string) {
	const count = 10_000
	p := start(b, Config{})
	var list []string
	for i := range count {
		list = append(list, message(fmt.Sprint("bench", i)))
	}
	p.deliver(list...)
	c := p.dial().login()
	c.SetDeadline(time.Now().Add(2 * time.Minute))
	c.say("s SELECT INBOX")
	c.until("s OK")
	for b.Loop() {
		c.say("f FETCH %s", what)
		for {
			line, err := c.r.ReadSlice('\n')
			if err != nil {
				b.Fatal(err)
			}
			if strings.HasPrefix(string(line), "f ") {
				break
			}
		}
	}
	b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "messages/s")
}
