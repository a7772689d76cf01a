package fault

import (
	"strings"
	"testing"
)

func TestWordsThatAskForAnAnswer(t *testing.T) {
	for words, rule := range map[string]Rule{
		"submission RCPT 550 5.7.1 No":         {Host: "mail.sakura.test", Stage: Rcpt, Do: Action{Reply: "550 5.7.1 No"}},
		"submission AUTH 535 5.7.8 Wrong":      {Host: "mail.sakura.test", Stage: Auth, Do: Action{Reply: "535 5.7.8 Wrong"}},
		"exchanger greeting 554 5.7.1 Blocked": {Host: "mx1.fuji.test", Stage: Connect, Do: Action{Reply: "554 5.7.1 Blocked", Close: true}},
		"exchanger RCPT 421 4.3.2 Bye":         {Host: "mx1.fuji.test", Stage: Rcpt, Do: Action{Reply: "421 4.3.2 Bye", Close: true}},
		"exchanger . 554 5.7.1 Spam":           {Host: "mx1.fuji.test", Stage: EndOfData, Do: Action{Reply: "554 5.7.1 Spam"}},
		"exchanger  STARTTLS\n454 4.7.0 x#1 ":  {Host: "mx1.fuji.test", Stage: Command, Do: Action{Reply: "454 4.7.0 x?1"}},
		"imap NO [OVERQUOTA] Full":             {Host: "mail.sakura.test", Stage: Auth, Do: Action{Reply: "NO [OVERQUOTA] Full"}},
		"imap BYE Going":                       {Host: "mail.sakura.test", Stage: Auth, Do: Action{Reply: "BYE Going", Close: true}},
		"imap SELECT NO [NOPERM] No":           {Host: "mail.sakura.test", Stage: Command, Do: Action{Reply: "NO [NOPERM] No"}},
		"imap LOGIN NO No":                     {Host: "mail.sakura.test", Stage: Auth, Do: Action{Reply: "NO No"}},
		"pop3 RETR -ERR Gone":                  {Host: "mail.fuji.test", Stage: Command, Do: Action{Reply: "-ERR Gone"}},
		"pop3 -ERR [IN-USE] Later":             {Host: "mail.fuji.test", Stage: Auth, Do: Action{Reply: "-ERR [IN-USE] Later"}},
		"dns REFUSED":                          {Host: "ns?.fuji.test", Stage: Query, Do: Action{Reply: "REFUSED"}},
		"tls 40":                               {Host: "mail.sakura.test", Stage: TLS, Do: Action{Alert: 40}},
		"exchanger RCPT 550 \x1b[2Jno\xff「x」":  {Host: "mx1.fuji.test", Stage: Rcpt, Do: Action{Reply: "550 ?[2Jno??x?"}},
	} {
		c, ok := Find(words)
		if !ok || len(c.Rules) == 0 {
			t.Errorf("%q: %+v", words, c)
			continue
		}
		got := c.Rules[0]
		if got.Host != rule.Host || got.Stage != rule.Stage || got.Do.Reply != rule.Do.Reply || got.Do.Close != rule.Do.Close || got.Do.Alert != rule.Do.Alert {
			t.Errorf("%q: %+v", words, got)
		}
		if again, ok := Find(c.ID); !ok || again.ID != c.ID || CaseOf(c.ID) != c.ID {
			t.Errorf("%q is called %q, which asks for %q", words, c.ID, again.ID)
		}
	}
	if c, _ := Spoken("dns SERVFAIL 22"); len(c.Rules) != 2 || c.Rules[0].Do.Answer.Extended[0] != 22 {
		t.Errorf("%+v", c)
	}
	for _, words := range []string{"", "smtp", "exchanger", "exchanger RCPT", "exchanger RCPT 250 ok", "exchanger RCPT 5x0 no", "exchanger QUIT 550 no",
		"imap OK fine", "imap SELECT OK fine", "imap NO", "imap SELECT NO", "pop3 NO x", "dns", "dns NOSUCHCODE", "dns SERVFAIL 99999999", "dns SERVFAIL x", "tls", "tls 0", "tls 999", "tls x"} {
		if c, ok := Spoken(words); ok {
			t.Errorf("%q asks for %+v", words, c)
		}
	}
	if c, ok := Spoken("exchanger RCPT 550 " + strings.Repeat("x", 9999)); !ok || len(c.ID) > maxSpoken {
		t.Errorf("%v, %d octets", ok, len(c.ID))
	}
}
