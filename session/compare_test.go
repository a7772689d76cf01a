package session

import (
	"context"
	"testing"

	"todoku/diag/compare"
	"todoku/internal/mail"
	"todoku/internal/trace"
)

// compared runs a script in a session of its own.
func compared(t *testing.T, o CompareOptions) compare.Report {
	t.Helper()
	r, err := comparing(t).Compare(t.Context(), nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// comparing is a session in a small Internet without mail.
func comparing(t *testing.T) *Session {
	t.Helper()
	s, err := Start(t.Context(), nil, StartOptions{Sandbox: &SandboxOptions{SeedMessages: -1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestCompareTwoDevices: what A did reaches B over IMAP and not over POP3; what each costs is counted.
func TestCompareTwoDevices(t *testing.T) {
	const message = "Minutes of Monday"
	r := compared(t, CompareOptions{Script: "two-devices", Answers: compare.Answers{Devices: 2}})
	for _, row := range r.Rows {
		for _, res := range []compare.Result{row.POP3, row.IMAP} {
			if res.Error != nil {
				t.Fatalf("step %d by %s: %+v", res.Step, res.Lane, *res.Error)
			}
		}
	}
	look := r.Rows[4]
	if m, there := look.POP3.DeviceB.Of(message); !there || m.Flags.Has(mail.Seen) || m.Folder != "INBOX" {
		t.Errorf("over POP3 B shows %+v", m)
	}
	if _, there := look.POP3.Server.Of(message); there {
		t.Error("DELE left it on the server")
	}
	if m, there := look.IMAP.DeviceB.Of(message); !there || !m.Flags.Has(mail.Seen) || m.Folder != "Trash" {
		t.Errorf("over IMAP B shows %+v", m)
	}
	lost := r.Rows[6]
	if !lost.POP3.DeviceA.Lost || lost.POP3.Notes[0].Args["count"] != "1" || lost.IMAP.Notes[0].Args["count"] != "0" {
		t.Errorf("lost: %+v, %+v", lost.POP3.Notes, lost.IMAP.Notes)
	}
	if r.POP3.Counters.In <= r.IMAP.Counters.In || r.IMAP.Counters.RoundTrips == 0 || r.POP3.OnLine <= r.POP3.Elapsed {
		t.Errorf("totals %+v and %+v", r.POP3, r.IMAP)
	}
	if r.Advice.Use != compare.UseIMAP || r.Advice.Because[0].Script != "two-devices" || r.Advice.Because[0].Step != 5 {
		t.Errorf("advice %+v", r.Advice)
	}
}

// TestCompareEveryScript runs all scripts in both modes: the only step that fails is the message that finds a full
// mailbox, a naive client is never cheaper, and every claim is shown by the step that it leads to.
func TestCompareEveryScript(t *testing.T) {
	t.Parallel()
	s := comparing(t)
	scripts, err := compare.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	good, codes := map[string]compare.Report{}, saidCodes{}
	for _, script := range scripts {
		trips := map[compare.Mode]int{}
		for _, mode := range []compare.Mode{compare.Good, compare.Naive} {
			r, err := s.Compare(t.Context(), nil, CompareOptions{Script: script.Name, Mode: mode})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s (%s) took %s", script.Name, mode, r.Elapsed)
			codes.add(t, r)
			if mode == compare.Good {
				good[script.Name] = r
			}
			trips[mode] = r.POP3.Counters.RoundTrips + r.IMAP.Counters.RoundTrips
			for _, row := range r.Rows {
				for _, res := range []compare.Result{row.POP3, row.IMAP} {
					// A client without UIDL deletes nothing: it would not know what.
					full := script.Name == "full" && res.Step == 5 && (res.Lane == compare.IMAP || mode == compare.Naive)
					if failed := res.State == compare.Fail; failed != full {
						t.Errorf("%s (%s), step %d by %s: %s, %+v", script.Name, mode, res.Step, res.Lane, res.State, res.Error)
					}
					if !res.Server.Known || !res.DeviceA.Known {
						t.Errorf("%s, step %d by %s was not looked at", script.Name, res.Step, res.Lane)
					}
				}
			}
		}
		if trips[compare.Naive] < trips[compare.Good] {
			t.Errorf("%s: %d round trips by good clients, %d by naive ones", script.Name, trips[compare.Good], trips[compare.Naive])
		}
	}
	claimsAreShown(t, good)
	comesBack(t, good["offline"])
	codes.holds(t, "scripts.txt")
}

// TestCompareIsRecorded: a run file has the report, the results and the dialogue of each step.
func TestCompareIsRecorded(t *testing.T) {
	var rec trace.Recorder
	s := comparing(t)
	if _, err := s.Compare(t.Context(), trace.New(&rec, nil), CompareOptions{Script: "delete"}); err != nil {
		t.Fatal(err)
	}
	results, whole := 0, false
	for _, e := range rec.Events() {
		if r, ok := compare.ResultOf(e); ok && r.State != compare.Live {
			results++
			if r.Step == 2 && (r.Span == 0 || r.Last <= r.First) {
				t.Errorf("no dialogue: %+v", r)
			}
		}
		if r, over, ok := compare.ReportOf(e); ok && over {
			whole = len(r.Rows) == 2 && r.Advice.Use != ""
		}
	}
	if results != 4 || !whole {
		t.Errorf("%d results, report whole: %v", results, whole)
	}
}

// TestComparePauses: a paused comparison takes one step at a time, and can be ended while it waits.
func TestComparePauses(t *testing.T) {
	s := comparing(t)
	control := &compare.Control{}
	control.Step()
	ctx, cancel := context.WithCancel(t.Context())
	over := 0
	r, err := s.Compare(ctx, nil, CompareOptions{Script: "mark", Control: control, Watch: func(r compare.Result) {
		if r.State == compare.Live {
			return
		}
		switch over++; over {
		case 2:
			control.Step()
		case 4:
			cancel()
		}
	}})
	if err == nil || over != 4 || r.Rows[1].IMAP.State != compare.OK || r.Rows[2].IMAP.State != compare.Wait {
		t.Errorf("%v after %d results: %+v", err, over, r.Rows)
	}
}
