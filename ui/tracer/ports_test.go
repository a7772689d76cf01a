package tracer

import (
	"strings"
	"testing"

	"todoku/diag/delivery"
	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/ui/text"
)

// The ports of mail are one row of the tree and a small table beside it, in both languages.
func TestThePortsAreATable(t *testing.T) {
	ports := []ladder.Port{{Port: 110, State: ladder.PortUntried}, {Port: 143, Host: "mail.sakura.test", State: ladder.PortRefused}, {Port: 587, Host: "mail.sakura.test", State: ladder.PortOpen, Used: true}}
	none := []ladder.Port{{Port: 25, State: ladder.PortUntried}}
	for lang, want := range map[text.Lang][]string{
		text.EN: {"110 not tried no account of yours has a server to try it with", "143 refused mail.sakura.test", "587 open mail.sakura.test, in your settings",
			"25 not tried no exchanger was found to try it with", "IPv4, mail ports, port 25"},
		text.JA: {"110 未試行 試す相手の自分のサーバーなし", "143 拒否 mail.sakura.test", "587 接続可 mail.sakura.test、設定のポート",
			"25 未試行 試す相手のメールサーバーなし", "IPv4, メールのポート, ポート 25"},
	} {
		s := long(0)
		s.env.Words = text.New(lang)
		for i, h := range []delivery.Hop{{Kind: delivery.KindDevice, Where: "this device", What: "IPv4"}, {Kind: delivery.KindDevice, Where: "this line", What: "mail ports", Ports: ports},
			{Kind: delivery.KindFact, Where: "this line", What: "port 25", Ports: none}} {
			h.ID, h.Step, h.State, h.Began = i+1, delivery.Submission, delivery.OK, start
			h.Finding = &trace.Finding{Code: "local.ports", Level: trace.Pass}
			s.run.take(h, s.now)
		}
		s.rebuild()
		r := s.rows[1]
		if len(r.hops) != 3 || s.rows[2].step != delivery.Lookup {
			t.Fatalf("the rows are %+v", s.rows)
		}
		shown := string(s.names().whole(r, 60)) + "\n" + told(s.hopLines(r, 90, false))
		for _, w := range want {
			if !strings.Contains(shown, w) {
				t.Errorf("%q is not in\n%s", w, shown)
			}
		}
	}
}
