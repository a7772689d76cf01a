package maildrop

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// BenchmarkCommit50 is the ingest goal's shape: fifty callers, one 5 KiB message a commit, headers indexed, durable.
func BenchmarkCommit50(b *testing.B) { benchmarkCommit(b, 50) }

// BenchmarkCommit1 is a caller alone, who must not wait for others.
func BenchmarkCommit1(b *testing.B) { benchmarkCommit(b, 1) }

func benchmarkCommit(b *testing.B, callers int) {
	s := withAlice(b)
	body := strings.Repeat("0123456789012345678901234567890123456789012345678901234567\r\n", 80)
	var wg sync.WaitGroup
	next := make(chan int)
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for i := range next {
				data := append(message(fmt.Sprint("bench", i)), body...)
				d := Delivery{Mailbox: "alice@sakura.test", Data: data}
				if err := s.Commit(context.Background(), Batch{Deliver: []Delivery{d}}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range b.N {
		next <- i
	}
	close(next)
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkOpen100k(b *testing.B) {
	s := withAlice(b)
	for range 50 {
		var batch Batch
		for i := range 2000 {
			batch.Deliver = append(batch.Deliver, Delivery{Mailbox: "alice@sakura.test", Data: message(fmt.Sprint("m", i))})
		}
		if err := s.Commit(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	f := inbox(b, s)
	for b.Loop() {
		if _, list, err := s.Open(context.Background(), f.ID); err != nil || len(list) != 100_000 {
			b.Fatal(len(list), err)
		}
	}
}
