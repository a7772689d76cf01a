package reason

import (
	"embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed rules
var files embed.FS

// rules are what the files hold.
type rules struct {
	reasons   map[Reason]party
	status    map[string]status // by "5.1.1" or "X.1.1"
	codes     map[string]Reason // by "552 RCPT" or "552"
	phrases   []phrase
	providers []provider
}

// party says where on the path a refusal belongs and who must act: always, or for what the submission server (at1) or
// the recipient's host (at3) said.
type party struct {
	Step int    `toml:"step"`
	Who  string `toml:"who"`
	At1  string `toml:"at1"`
	At3  string `toml:"at3"`
}

func (p party) who(step int) string {
	switch {
	case step == 1 && p.At1 != "":
		return p.At1
	case step == 3 && p.At3 != "":
		return p.At3
	}
	return p.Who
}

// status is the meaning of an enhanced status code. Vague: servers use it for many things, words say more.
type status struct {
	Reason Reason `toml:"reason"`
	Vague  bool   `toml:"vague"`
}

// phrase are wordings that mean a reason. Code is the beginning of the reply code ("4", "552"), Command the commands
// that the reply may answer; empty holds for all. Weak: servers say it of other things too.
type phrase struct {
	Reason  Reason   `toml:"reason"`
	Code    string   `toml:"code"`
	Command []string `toml:"command"`
	Any     []string `toml:"any"`
	Weak    bool     `toml:"weak"`
}

// provider has wordings of its own. Hosts are patterns of its mail hosts' names, Marks words that only it says, Source is
// where they are documented.
type provider struct {
	Name   string         `toml:"name"`
	Hosts  []string       `toml:"hosts"`
	Source string         `toml:"source"`
	Marks  []string       `toml:"marks"`
	Rules  []providerRule `toml:"rule"`
}

type providerRule struct {
	phrase
	Enhanced string `toml:"enhanced"`
	Dated    string `toml:"dated"`
	Source   string `toml:"source"`
}

// rests names what a provider's rule looked at.
func (r *providerRule) rests() []string {
	on := []string{ByProvider}
	if r.Code != "" {
		on = append(on, ByCode)
	}
	if r.Enhanced != "" {
		on = append(on, ByEnhanced)
	}
	if len(r.Any) > 0 {
		on = append(on, ByWords)
	}
	return on
}

// loaded reads the embedded rules once; a test proves that all of them decode.
var loaded = sync.OnceValue(func() *rules {
	var r rules
	var codes struct {
		Enhanced map[string]status `toml:"enhanced"`
		Codes    map[string]Reason `toml:"codes"`
	}
	var words, letters struct {
		Words []phrase `toml:"words"`
	}
	var providers struct {
		Provider []provider `toml:"provider"`
	}
	decode("reasons.toml", &r.reasons)
	decode("codes.toml", &codes)
	decode("words.toml", &words)
	decode("letters.toml", &letters)
	decode("providers.toml", &providers)
	r.status, r.codes, r.phrases, r.providers = codes.Enhanced, codes.Codes, slices.Concat(words.Words, letters.Words), providers.Provider
	return &r
})

func decode(name string, into any) {
	data, err := files.ReadFile("rules/" + name)
	if err == nil {
		err = toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields().Decode(into)
	}
	if err != nil {
		panic("rules/" + name + ": " + err.Error())
	}
}

// Statuses lists the enhanced status codes that have a meaning here: "X.1.1", or with a class of their own.
func Statuses() []string {
	var all []string
	for code := range loaded().status {
		all = append(all, code)
	}
	slices.Sort(all)
	return all
}

func (k *rules) enhanced(r Reply) (Reason, bool) {
	if r.Enhanced == "" {
		return None, false
	}
	for _, key := range []string{r.Enhanced + " " + r.Command, r.Enhanced, "X" + r.Enhanced[1:]} {
		if s, ok := k.status[key]; ok {
			return s.Reason, s.Vague
		}
	}
	return None, false
}

func (k *rules) code(r Reply) Reason {
	code := strconv.Itoa(r.Code)
	for _, key := range []string{code + " " + r.Command, code} {
		if why, ok := k.codes[key]; ok {
			return why
		}
	}
	return None
}

func (k *rules) words(r Reply, text string) (Reason, bool) {
	for i := range k.phrases {
		if p := &k.phrases[i]; p.fits(r, text) {
			return p.Reason, p.Weak
		}
	}
	return None, false
}

// Plain reports whether a text without codes says what it is read by and little else. Words that servers use of many things
// prove nothing in a longer text: people write "our policy" and "access denied" of other things than mail.
func Plain(text string) bool {
	text = Fold(text)
	phrases := loaded().phrases
	at := slices.IndexFunc(phrases, func(p phrase) bool { return p.fits(Reply{}, text) })
	return at >= 0 && (!phrases[at].Weak || slices.ContainsFunc(phrases[at].Any, func(wording string) bool {
		return contains(text, wording) && MostOf(text, wording)
	}))
}

// MostOf reports whether a wording that stands in a text is two thirds of it at least.
func MostOf(text, wording string) bool { return 3*len(wording) >= 2*len(text) }

func (k *rules) provider(r Reply, text string) (*provider, *providerRule) {
	host := strings.ToLower(strings.TrimSuffix(r.Host, "."))
	for i := range k.providers {
		p := &k.providers[i]
		if !slices.ContainsFunc(p.Hosts, func(h string) bool { return within(host, h) }) && !containsAny(text, p.Marks) {
			continue
		}
		for j := range p.Rules {
			if rule := &p.Rules[j]; (rule.Enhanced == "" || rule.Enhanced == r.Enhanced) && rule.fits(r, text) {
				return p, rule
			}
		}
	}
	return nil, nil
}

// within reports whether a host has the name, or one below it.
func within(host, name string) bool {
	return host == name || strings.HasSuffix(host, "."+name)
}

// fits: a rule without wordings holds for any.
func (p *phrase) fits(r Reply, text string) bool {
	if !strings.HasPrefix(strconv.Itoa(r.Code), p.Code) || len(p.Command) > 0 && !slices.Contains(p.Command, r.Command) {
		return false
	}
	return len(p.Any) == 0 || containsAny(text, p.Any)
}

func containsAny(text string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return contains(text, p) })
}

// contains looks for a pattern in text: pieces parted by "*" follow one another, and the first begins a word. "^" binds
// it to the beginning.
func contains(text, pattern string) bool {
	pattern, bound := strings.CutPrefix(pattern, "^")
	first, rest, _ := strings.Cut(pattern, "*")
	if bound {
		after, ok := strings.CutPrefix(text, first)
		return ok && follow(after, rest)
	}
	for from := 0; ; from++ {
		at := strings.Index(text[from:], first)
		if at < 0 {
			return false
		}
		from += at
		if from == 0 || !wordByte(first[0]) || !wordByte(text[from-1]) {
			return follow(text[from+len(first):], rest)
		}
	}
}

func follow(text, pieces string) bool {
	for _, piece := range strings.Split(pieces, "*") {
		at := strings.Index(text, piece)
		if at < 0 {
			return false
		}
		text = text[at+len(piece):]
	}
	return true
}

// wordByte reports a letter or digit of ASCII: other scripts set no blanks between words.
func wordByte(b byte) bool { return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' }
