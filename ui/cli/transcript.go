package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/ui/text"
)

// transcriptEvents is how far standard error may lag behind the protocols before lines are dropped and counted.
const transcriptEvents = 1 << 16

// transcript prints what our own side of every connection sees, one line an event, until the returned function is
// called; that one waits until all is printed.
func transcript(w io.Writer, fan *trace.Fanout, words *text.Catalogue) (stop func() error) {
	sub := fan.Subscribe(transcriptEvents)
	done := make(chan error, 1)
	go func() {
		var began time.Time
		var err error
		for {
			e, ok := sub.Next(context.Background())
			if !ok {
				done <- err
				return
			}
			if began.IsZero() {
				began = e.Time
			}
			if line := transcriptLine(words, e, began); line != "" && err == nil {
				_, err = fmt.Fprintln(w, line)
			}
		}
	}()
	return func() error {
		sub.Close()
		return <-done
	}
}

// transcriptLine draws one event; "" leaves it out. Server-side events are the other end of what is shown already.
func transcriptLine(words *text.Catalogue, e trace.Event, began time.Time) string {
	if e.Side == trace.SideServer || e.Kind == trace.KindFinding && e.Finding == nil { // as a damaged run file has it
		return ""
	}
	w, at := words.Wire, fmt.Sprintf("%8.3f  %-4s", e.Time.Sub(began).Seconds(), text.Clean(e.Proto))
	switch e.Kind {
	case trace.KindSend:
		return fmt.Sprintf("%s  C  %s", at, visible(e.Data))
	case trace.KindRecv:
		return fmt.Sprintf("%s  S  %s%s", at, visible(e.Data), took(e.Elapsed))
	case trace.KindData:
		who := "S"
		if e.Sent {
			who = "C"
		}
		return fmt.Sprintf("%s  %s  %s", at, who, text.F(w.Octets, text.Size(e.Size)))
	case trace.KindDNS:
		return fmt.Sprintf("%s  =  %s  %s%s%s", at, text.Clean(e.Name), visible(e.Data), failed(w, e.Error), took(e.Elapsed))
	case trace.KindDial:
		return fmt.Sprintf("%s  =  %s%s%s", at, text.F(w.Connect, e.Addr), failed(w, e.Error), took(e.Elapsed))
	case trace.KindTLS:
		return fmt.Sprintf("%s  =  %s%s%s", at, tlsLine(w, e), failed(w, e.Error), took(e.Elapsed))
	case trace.KindNote:
		return fmt.Sprintf("%s  =  %s", at, text.Clean(e.Name))
	case trace.KindFinding:
		return fmt.Sprintf("%s  =  %s", at, foundLine(words, e.Finding))
	case trace.KindDropped:
		return fmt.Sprintf("%s  =  %s", at, text.F(w.Dropped, text.Num(int(e.Size))))
	}
	return ""
}

func visible(data []byte) text.Safe {
	return text.Clean(trace.Visible([]byte(strings.ReplaceAll(strings.TrimRight(string(data), "\r\n"), "\n", "; "))))
}

func took(d time.Duration) string {
	if d < time.Millisecond {
		return ""
	}
	return fmt.Sprintf("  (%d ms)", d.Milliseconds())
}

func failed(w text.WireWords, reason string) text.Safe {
	if reason == "" {
		return ""
	}
	return "  " + text.F(w.Error, reason)
}

// foundLine is a finding in words, after its level.
func foundLine(words *text.Catalogue, f *trace.Finding) text.Safe {
	return words.Levels[string(f.Level)] + ": " + text.Clean(explain.Finding(*f, explain.Lang(words.Lang)).Title)
}

func tlsLine(w text.WireWords, e trace.Event) text.Safe {
	if e.TLS == nil || len(e.TLS.Chain) == 0 {
		return "TLS"
	}
	leaf := e.TLS.Chain[0]
	return text.F(w.TLS, e.TLS.Version, e.TLS.Cipher, strings.Join(leaf.Names, " "), leaf.Issuer, leaf.NotAfter.Format(time.DateOnly))
}
