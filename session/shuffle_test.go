package session

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"todoku/embedded-server"
	"todoku/embedded-server/fault"
)

// otherNames call the mail domains otherwise.
var otherNames = map[string]string{"sakura.test": "north.test", "fuji.test": "lake-side.test", "tsuru.test": "k.kumo.test"}

// otherWords are what other servers say where the words matter, because code and enhanced code leave it open.
var otherWords = map[string]string{
	"550 No such user here":     "550 Unknown recipient",
	"550 5.7.1 Relaying denied": "550 5.7.1 Unable to relay",
	"554 5.7.1 Service unavailable; client host blocked using dnsbl.test":                   "554 5.7.1 Your address is listed in a blocklist",
	"550 5.4.1 Recipient address rejected: Access denied":                                   "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
	"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup": "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by lookup",
	"451 4.7.1 Greylisted, try again in 300 seconds":                                        "451 4.7.1 Greylisting in action, come back later",
	"550 5.7.1 Helo command rejected: host not found":                                       "550 5.7.1 HELO rejected: invalid name",
	"551 Access denied":       "551 Access denied", // what it is known for
	"554 Service unavailable": "554 Service unavailable",
}

// said is a refusal whose enhanced code says it all.
var said = regexp.MustCompile(`^([245]\d\d [245]\.\d+\.\d+) .*`)

// shuffled is the same fault with other host names, texts and ids.
func shuffled(t *testing.T, c fault.Case, chance *rand.Rand) fault.Case {
	t.Helper()
	for i := range c.Rules {
		r := &c.Rules[i]
		if other, ok := otherWords[r.Do.Reply]; ok {
			r.Do.Reply = other
		} else {
			r.Do.Reply = said.ReplaceAllString(r.Do.Reply, fmt.Sprintf("$1 reason %d", chance.IntN(1000)))
		}
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for was, now := range otherNames {
		text = strings.ReplaceAll(text, was, now)
	}
	out := fault.Case{}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	out.ID = fmt.Sprintf("x%d", chance.Uint32())
	return out
}

// The verdict comes from what the servers do, not from what they are called or from words that only the sandbox uses.
func TestTheVerdictIsTheSameUnderOtherNames(t *testing.T) {
	if testing.Short() {
		t.Skip("a trace for each fault; run without -short")
	}
	cases := met()
	examine(t, ids(cases), func(t *testing.T, i int) {
		c := cases[i]
		c.Rules = append([]fault.Rule(nil), c.Rules...)
		other := shuffled(t, c, rand.New(rand.NewPCG(7, uint64(i))))
		box, err := sandbox.Start(t.Context(), nil, sandbox.Options{Durability: "none", SeedMessages: -1, Names: otherNames})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { box.Close() })
		if r := diagnosedIn(t, box, other.To, 1, other); verdictOf(r) != truthOf(c) {
			t.Errorf("%s, true is %s\n%s", verdictOf(r), truthOf(c), seen(r))
		}
	})
}
