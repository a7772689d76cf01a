package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/embedded-server/fault"
	"todoku/internal/config"
	"todoku/internal/store"
)

// liveTable gives the lines of the table of what makes each entry of the catalogue appear, in their fields.
func liveTable(t *testing.T) (lines [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "diag", "explain", "testdata", "live.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(strings.TrimSpace(line), " | "); len(f) > 2 {
			lines = append(lines, f)
		}
	}
	return lines
}

// liveLines gives what of one kind stands in the table, by entry.
func liveLines(t *testing.T, kind string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, f := range liveTable(t) {
		if f[1] == kind {
			all[f[0]] = f[2]
		}
	}
	return all
}

// metEntries are the findings that the trace of each fault met, by its id.
type metEntries struct {
	mu      sync.Mutex
	all     map[string][]string
	entries map[string][]string // that these are explained by
}

func (m *metEntries) add(id string, r delivery.Report) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all, m.entries = map[string][]string{}, map[string][]string{}
	}
	m.all[id], m.entries[id] = metBy(r), entriesOf(r)
}

// hold wants every entry met that the table says a fault makes, by the trace of that fault. What the device's resolver says
// is only compared, beside the trace, and given up on a busy machine: the trace of any fault may meet it.
func (m *metEntries) hold(t *testing.T) {
	lines := liveLines(t, "fault")
	for code, id := range lines {
		if !slices.Contains(m.all[id], code) {
			var others []string
			for other, met := range m.all {
				if slices.Contains(met, code) {
					others = append(others, other)
				}
			}
			if _, ok := fault.Find(id); ok && len(others) > 0 && strings.HasPrefix(code, "trace.resolver.") {
				continue
			}
			t.Errorf("%s: the trace of %s did not meet it; these did: %v", code, id, others)
		}
	}
	t.Logf("%d entries were met by tracing faults", len(lines))
}

// found is the entry of an error, or of the first finding that is one of those.
func found(err error) []string { return []string{explain.Find(err).Code} }

func checked(c *client, d Draft) []string {
	all, err := c.Check(c.t.Context(), nil, d)
	if err != nil {
		c.t.Fatal(err)
	}
	return codesOf(all)
}

func codesOf(all []Check) (codes []string) {
	for _, f := range all {
		codes = append(codes, f.Code)
	}
	return codes
}

// examined gives what a doctor found of an account on every rung.
func examined(c *client, account string) (codes []string) {
	checkup, err := c.Doctor(c.t.Context(), nil, DoctorOptions{Account: account})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, rung := range slices.Concat(checkup.Receive.Rungs, checkup.Send.Rungs) {
		if rung.Finding != nil {
			codes = append(codes, rung.Finding.Code)
		}
	}
	return codes
}

// refused traces the way to a recipient whom the exchanger refuses so.
func refused(t *testing.T, reply string) []string {
	c := newClient(t, smallWorld(t, false))
	c.fault(fault.Rule{Stage: fault.Rcpt, Host: "mx1.fuji.test", Do: fault.Action{Reply: reply}})
	return traced(c, TraceOptions{Target: bob, Rcpt: true})
}

// traced gives what a trace found at its hops and in the end.
func traced(c *client, o TraceOptions) []string {
	r, err := c.Trace(c.t.Context(), nil, o)
	if err != nil {
		c.t.Fatal(err)
	}
	return metBy(r)
}

func metBy(r delivery.Report) []string {
	codes := []string{r.Verdict.Finding.Code}
	for _, f := range r.Verdict.Also {
		codes = append(codes, f.Code)
	}
	for _, h := range r.Hops {
		if h.Finding != nil {
			codes = append(codes, h.Finding.Code)
		}
	}
	return codes
}

// TestWhatTheSessionReportsHasItsEntry makes each failure that the table says the session meets.
func TestWhatTheSessionReportsHasItsEntry(t *testing.T) {
	if testing.Short() {
		t.Skip("each failure once more; run without -short")
	}
	box := smallWorld(t, false)
	c := newClient(t, box)
	ctx := t.Context()
	draft := Draft{Account: "alice", From: alice, To: bob, Subject: "x", Text: "x\n"}
	with := func(change func(*Draft)) []string {
		d := draft
		change(&d)
		return checked(c, d)
	}
	scenarios := map[string]func() []string{
		"no account is configured": func() []string {
			settings := config.Default()
			_, err := (&Session{Config: &settings, Store: c.Store}).Doctor(ctx, nil, DoctorOptions{})
			return found(err)
		},
		"an address without a name to send to": func() []string {
			_, err := c.Trace(ctx, nil, TraceOptions{Target: "fuji.test", Send: true})
			return found(err)
		},
		"a draft of no account":  func() []string { return with(func(d *Draft) { d.Account = "nobody" }) },
		"a draft without a file": func() []string { return with(func(d *Draft) { d.Text = "I attach it.\n" }) },
		"a draft without a subject": func() []string {
			return with(func(d *Draft) { d.Subject = "" })
		},
		"a draft as somebody else": func() []string { return with(func(d *Draft) { d.From = bob }) },
		"a draft of a damaged store": func() []string {
			kept, err := c.Store.PutDraft(ctx, store.Draft{Account: "alice", JSON: []byte("{")}, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Drafts(ctx, nil, FoldersOptions{Account: "alice"})
			if err := c.Store.DropDraft(ctx, kept.Key); err != nil {
				t.Fatal(err)
			}
			return found(err)
		},
		"a file that may not be read": func() []string {
			return found(&os.PathError{Op: "open", Path: "letter.pdf", Err: os.ErrPermission})
		},
		"a file that is there": func() []string {
			_, err := os.OpenFile(filepath.Join(box.Dir(), "world.json"), os.O_CREATE|os.O_EXCL, 0o600)
			return found(err)
		},
		"a file that is too large": func() []string {
			path := filepath.Join(t.TempDir(), "large")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, FileLimit+1); err != nil {
				t.Fatal(err)
			}
			_, err := DraftFile{Path: path}.read()
			return found(err)
		},
		"a message that is gone": func() []string {
			_, err := c.Read(ctx, nil, ReadOptions{Key: 1})
			return found(err)
		},
		"an account without a server to send through": func() []string {
			none := newClient(t, box, func(a *config.Account) { a.SMTP = config.Server{} })
			_, err := none.Send(ctx, nil, SendOptions{Draft: draft})
			return found(err)
		},
		"a fault that is not there":                  func() []string { return found(NoSuchFault("zzzz", os.ErrNotExist)) },
		"a fault by nearly its name":                 func() []string { return found(NoSuchFault("smtp.greylis", os.ErrNotExist)) },
		"a small Internet that is gone":              func() []string { return joined(t, filepath.Join(t.TempDir(), "world.json"), "") },
		"a small Internet that is not":               func() []string { return joined(t, filepath.Join(t.TempDir(), "world.json"), "{") },
		"an account that is in order":                func() []string { return examined(c, "alice") },
		"a domain that is in order":                  func() []string { return codesOf(c.ahead(draft)) },
		"a key of the settings by nearly its name":   func() []string { return foundIn(t, "langg = \"en\"\n") },
		"a value of the settings by nearly its name": func() []string { return foundIn(t, "[ui]\ntheme = \"drak\"\n") },
		"a trace whose time is over": func() []string {
			own := newClient(t, smallWorld(t, false))
			own.fault(fault.Rule{Stage: fault.Rcpt, Host: "mx1.fuji.test", Do: fault.Action{Silent: true}})
			r, _ := own.Trace(ctx, nil, TraceOptions{Target: bob, Rcpt: true, Time: 2 * time.Second}) // that it was cut short is no error to look at
			return metBy(r)
		},
		"a trace that sends": func() []string { return traced(c, TraceOptions{Target: bob, Send: true}) },
		"a small Internet that is not this session's": func() []string {
			_, err := c.Advance(time.Hour)
			return found(err)
		},
		"a message that is in no queue": func() []string { return found((&Session{box: box}).RetryNow(ctx, "none")) },
		"a fault that is there already": func() []string {
			own := smallWorld(t, false)
			if _, err := newFaultSource(own.Faults(), "smtp.greylist"); err != nil {
				t.Fatal(err)
			}
			_, err := newFaultSource(own.Faults(), "smtp.greylist")
			return found(err)
		},
		"a refusal for no known reason":  func() []string { return refused(t, "554 Xyzzy") },
		"a refusal by policy":            func() []string { return refused(t, "550 5.7.1 Message rejected by policy") },
		"a deferral for no known reason": func() []string { return refused(t, "450 Xyzzy") },
		"more exchangers than are tried": func() []string {
			own := newClient(t, smallWorld(t, false))
			var records []string
			for i := range 30 {
				records = append(records, fmt.Sprintf("fuji.test. 300 MX %d mx%d.fuji.test.", i+1, i+1))
			}
			own.fault(fault.Rule{Stage: fault.Query, Match: fault.Match{Name: "fuji.test", Type: "MX"}, Do: fault.Action{Records: records}})
			return traced(own, TraceOptions{Target: "fuji.test"})
		},
		"a fault of a file that is none": func() []string { return found(faultOf(t, box.Faults(), "[[rule]]\nstage = 7\n")) },
	}
	for code, name := range liveLines(t, "session") {
		run, ok := scenarios[name]
		if !ok {
			t.Errorf("%s: nobody plays %q", code, name)
			continue
		}
		t.Run(name+" "+code, func(t *testing.T) {
			got := run()
			if !slices.Contains(got, code) {
				t.Errorf("met %v, want %s", got, code)
			}
		})
	}
}

// joined joins a small Internet by a world file with this text; without a text there is none.
func joined(t *testing.T, path, text string) []string {
	if text != "" {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Start(context.Background(), nil, StartOptions{World: path})
	return found(err)
}

// foundIn gives what is wrong with settings.
func foundIn(t *testing.T, text string) (codes []string) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(context.Background(), nil, StartOptions{ConfigFile: path})
	var wrong *ConfigError
	if !errors.As(err, &wrong) {
		t.Fatalf("%q: %v", text, err)
	}
	for _, p := range wrong.Problems {
		code, _ := p.Explain()
		codes = append(codes, code)
	}
	return codes
}

func faultOf(t *testing.T, set *fault.Set, text string) error {
	path := filepath.Join(t.TempDir(), "faults.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := newFaultSource(set, path)
	return err
}
