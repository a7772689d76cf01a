package session

import (
	"testing"

	"todoku/diag/compare"
	"todoku/internal/mail"
)

// shownBy says of each claim of the card and of the advice whether a result shows it.
var shownBy = map[string]func(r compare.Report, row compare.Row) bool{
	"compare.because.devices": func(_ compare.Report, row compare.Row) bool {
		deleted, still := row.IMAP.DeviceB.Of(row.Step.Message)
		kept, there := row.POP3.DeviceB.Of(row.Step.Message)
		return still && deleted.Folder == "Trash" && there && kept.Folder == inboxName && !kept.Flags.Has(mail.Seen)
	},
	"compare.because.mark": func(_ compare.Report, row compare.Row) bool {
		overIMAP, _ := row.IMAP.DeviceB.Of(row.Step.Message)
		overPOP3, there := row.POP3.DeviceB.Of(row.Step.Message)
		return overIMAP.Flags.Has(mail.Seen) && there && !overPOP3.Flags.Has(mail.Seen)
	},
	"compare.because.lost": func(r compare.Report, row compare.Row) bool {
		all := len(r.Script.Mail)
		return row.IMAP.Server.Total == all && row.IMAP.DeviceB.Total == all && row.POP3.Server.Total < all
	},
	"compare.because.room": func(_ compare.Report, row compare.Row) bool {
		whole, rows := row.POP3.DeviceA, row.IMAP.DeviceA
		return whole.Stored == whole.Total && rows.Total == whole.Total && rows.Octets == 0 && whole.Octets > 0
	},
	"compare.because.offline": func(_ compare.Report, row compare.Row) bool {
		overPOP3, overIMAP := row.POP3.Notes[0].Args, row.IMAP.Notes[0].Args
		return overPOP3["count"] == overPOP3["total"] && overIMAP["count"] < overIMAP["total"] // one digit each
	},
	"compare.because.search": func(_ compare.Report, row compare.Row) bool {
		local, here := row.POP3.DeviceA, row.IMAP.DeviceA
		return row.POP3.Counters.In == 0 && local.Stored == local.Total && row.IMAP.Counters.In > 0 && here.Stored == 0 &&
			row.POP3.Notes[0].Args["count"] == "1" && row.IMAP.Notes[0].Args["count"] == "1"
	},
	"compare.because.full": func(r compare.Report, row compare.Row) bool {
		last := r.Rows[len(r.Rows)-1]
		return row.POP3.Server.Octets > r.Script.Quota/2 && row.IMAP.Server.Octets > r.Script.Quota/2 &&
			last.Step.Do == compare.Arrive && last.POP3.State != compare.Fail && last.IMAP.State == compare.Fail
	},
	"compare.because.here": func(_ compare.Report, row compare.Row) bool {
		return row.POP3.Notes[0].Args["count"] != "0" && row.IMAP.Notes[0].Args["count"] == "0"
	},
}

// claimsAreShown holds every claim of the card, and what each comparison leads to for several people, to the result that
// it points to. The reports are of good clients, by script.
func claimsAreShown(t *testing.T, reports map[string]compare.Report) {
	t.Helper()
	const tight = 50_000_000
	reasons := compare.Card()
	for _, r := range reports {
		for _, who := range []compare.Answers{{}, {Devices: 2, RoomHere: tight, RoomThere: tight}, {Devices: 1, Offline: true}, {RoomThere: tight}} {
			r.Answers = who
			a := compare.Advise(r, nil)
			reasons = append(append(reasons, a.Because...), a.But...)
		}
	}
	for _, reason := range reasons {
		shows, known := shownBy[reason.Finding.Code]
		if !known {
			t.Fatalf("nothing is known to show %s", reason.Finding.Code)
		}
		row := reports[reason.Script].Rows[reason.Step-1]
		if !shows(reports[reason.Script], row) {
			t.Errorf("%s is not shown by %q, step %d:\n%+v\n%+v", reason.Finding.Code, reason.Script, reason.Step, row.POP3, row.IMAP)
		}
	}
}

// comesBack holds the end of the day offline: the device has what came meanwhile, whole over POP3 and as a row over IMAP,
// for which each had to log in again.
func comesBack(t *testing.T, r compare.Report) {
	t.Helper()
	look := r.Rows[len(r.Rows)-1]
	for _, res := range []compare.Result{look.POP3, look.IMAP} {
		m, there := res.DeviceA.Of(look.Step.Message)
		if !there || m.Stored != (res.Lane == compare.POP3) || res.Counters.Handshakes == 0 || res.Counters.RoundTrips == 0 {
			t.Errorf("back by %s it has %+v, for %+v", res.Lane, m, res.Counters)
		}
		if _, there := r.Rows[2].Lane(res.Lane).DeviceA.Of(look.Step.Message); there {
			t.Errorf("offline, by %s, it has what came later", res.Lane)
		}
	}
}
