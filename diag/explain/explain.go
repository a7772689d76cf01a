// Package explain turns an error or a finding into a diagnosis in English or Japanese: at which of the four steps it
// happened, who must act, the server's own words, what they mean and what to do. The words are data in catalogue/: one folder a language, one file a
// topic.
package explain

import (
	"errors"
	"maps"
	"strings"
	"unicode/utf8"

	"todoku/internal/trace"
)

// Lang is a language of the catalogue.
type Lang string

const (
	English  Lang = "en"
	Japanese Lang = "ja"
)

// Who must act.
const (
	You       = "you"
	Provider  = "provider"  // your provider
	DNS       = "dns"       // the DNS operator of a domain
	Recipient = "recipient" // the recipient's provider
	Nobody    = "nobody"
	Todoku    = "todoku" // a fault of this program
)

// Whether trying again helps, and who does it.
const (
	RetryNever  = "never"
	RetryHelps  = "helps"  // todoku or the person tries again
	RetryServer = "server" // the submission server tries again by itself
)

// Diagnosis is what a person needs to know, in their language. Said is never translated.
type Diagnosis struct {
	Code   string   `json:"code"`
	Step   int      `json:"step"` // of the delivery path, 1 to 4; 0 when it is on none
	Who    string   `json:"who"`
	Retry  string   `json:"retry"`
	Title  string   `json:"title"`
	Act    string   `json:"act"`
	Said   string   `json:"said,omitempty"`
	Means  string   `json:"means"`
	Likely []string `json:"likely,omitempty"`
	Do     []string `json:"do,omitempty"`
	// Why is where it is written: "RFC 5321 section 4.2.3".
	Why string `json:"why,omitempty"`
	// Again says who tries again, of a mail server's reply.
	Again string `json:"again,omitempty"`
	Sure  string `json:"sure"`
	// Refused: the other side understood and said no.
	Refused bool `json:"refused,omitempty"`
}

// Meaning is what the words mean, where that is written, and who tries again.
func (d Diagnosis) Meaning() string {
	s := d.Means
	if d.Why != "" && !strings.Contains(s, "RFC ") {
		stop := ""
		for _, end := range []string{".", "。"} {
			if before, ok := strings.CutSuffix(s, end); ok {
				s, stop = before, end
			}
		}
		s += " (" + d.Why + ")" + stop
	}
	between := " "
	if strings.HasSuffix(s, "。") { // sentences stand close in Japanese
		between = ""
	}
	return strings.TrimSpace(s + between + d.Again)
}

// Explained is an error that knows its own code and facts, as those of store, config and session do.
type Explained interface {
	error
	Explain() (code string, args map[string]string)
}

// Error explains an error of any room below.
func Error(err error, lang Lang) Diagnosis {
	f := Find(err)
	d := Finding(f, lang)
	if d.Said == "" && f.Code == codeUnknown {
		d.Said = err.Error()
	}
	return d
}

// Located is an error that adds facts which the error inside it could not know: the host, the account.
type Located interface {
	error
	Facts() map[string]string
}

// Find gives the finding that an error amounts to.
func Find(err error) trace.Finding {
	f := find(err)
	var located Located
	if !errors.As(err, &located) {
		return f
	}
	args := maps.Clone(located.Facts())
	maps.Copy(args, f.Args)
	f.Args = args
	return f
}

func find(err error) trace.Finding {
	var explained Explained
	if errors.As(err, &explained) {
		code, args := explained.Explain()
		return trace.Finding{Code: code, Level: trace.Fail, Args: args}
	}
	for _, read := range readers {
		if f, ok := read(err); ok {
			return f
		}
	}
	return trace.Finding{Code: codeUnknown, Level: trace.Fail, Args: map[string]string{"said": err.Error()}}
}

// codeUnknown is what nothing fits: the words are shown as they came.
const codeUnknown = "unknown"

// Finding puts a finding into words. A code without an entry is explained by its longest known beginning
// ("smtp.550.5.1.1", "smtp.550", "smtp"), in the end by "unknown".
func Finding(f trace.Finding, lang Lang) Diagnosis {
	c := catalogue(lang)
	code, fact := lookup(atStep(f))
	w := c[code]
	args := inWords(f, lang)
	fill := filler(labelled(args, lang), nameless(f.Code, lang))
	d := Diagnosis{
		Code: f.Code, Step: fact.Step, Who: fact.Who, Retry: fact.Retry, Refused: fact.Refused, Why: fact.Why,
		Title: fill(w.Title), Act: fill(w.Act), Said: args["said"], Means: fill(w.Means), Sure: sure(f.Code, code, lang),
	}
	if f.Args["sure"] != "" {
		d.Sure = restsOn(f.Args, lang)
	}
	if strings.HasPrefix(f.Code, "reason.") {
		d.asRead(f.Args, lang)
	}
	for _, l := range w.Likely {
		d.Likely = append(d.Likely, fill(l))
	}
	d.Likely = append(d.Likely, extended(f.Args["extended"], c)...)
	step := filler(labelled(inWords(f, lang), lang), inSteps)
	for _, do := range w.Do {
		d.Do = append(d.Do, step(do))
	}
	if at := f.Args["step"]; len(at) == 1 && at[0] >= '1' && at[0] <= '4' {
		d.Step = int(at[0] - '0')
	}
	return d
}

// atStep is the code of what a reason means where it was said, if that is another thing there.
func atStep(f trace.Finding) string {
	there := f.Code + "." + f.Args["step"]
	if _, ok := facts()[there]; ok {
		return there
	}
	return f.Code
}

// lookup finds the entry of a code or of its longest known beginning.
func lookup(code string) (string, fact) {
	all := facts()
	for at := code; at != ""; {
		if f, ok := all[at]; ok {
			return at, f
		}
		if f, ok := all[registered(at)]; ok {
			return registered(at), f
		}
		dot := strings.LastIndexByte(at, '.')
		if dot < 0 {
			break
		}
		at = at[:dot]
	}
	return codeUnknown, all[codeUnknown]
}

// sure says how well the entry fits: the whole code, its beginning, or nothing.
func sure(asked, found string, lang Lang) string {
	words := map[Lang][3]string{
		English:  {"high", "fair: only part of the code is known", "none"},
		Japanese: {"高い", "中: コードの一部だけが既知です", "なし"},
	}[lang]
	switch {
	case found == codeUnknown:
		return words[2]
	case asked == found, registered(asked) == found:
		return words[0]
	}
	return words[1]
}

// filler replaces {name} by the fact of that name. A fact that is missing is called what it is ("the server"); one without
// such a name leaves no trace, and no blank before it. Braces inside a fact are only text.
func filler(args, called map[string]string) func(string) string {
	return func(template string) string {
		var b strings.Builder
		for template != "" {
			before, rest, found := strings.Cut(template, "{")
			name, after, closed := strings.Cut(rest, "}")
			if !found || !closed {
				b.WriteString(template)
				break
			}
			value := told(name, args[name])
			switch generic := called[name]; {
			case value == "" && generic == "":
				before = strings.TrimSuffix(before, " ")
			case value == "" && generic[0] >= utf8.RuneSelf: // Japanese sets no blanks around its own words
				value, after = generic, strings.TrimPrefix(after, " ")
				if own := strings.TrimSuffix(before, " "); own == "" || own[len(own)-1] >= utf8.RuneSelf {
					before = own
				}
			case value == "" && b.Len()+len(before) == 0:
				value = strings.ToUpper(generic[:1]) + generic[1:]
			case value == "":
				value = generic
			}
			b.WriteString(before)
			b.WriteString(value)
			template = after
		}
		return b.String()
	}
}

// nameless gives how an entry calls what has no name.
func nameless(code string, lang Lang) map[string]string {
	called := unnamed[lang]
	if strings.HasPrefix(code, "dns") {
		called = maps.Clone(called)
		called["host"] = called["name"]
	}
	return called
}

// inSteps is how steps, which hold commands and records to copy, call what has no name.
var inSteps = map[string]string{"host": "HOST", "server": "SERVER", "address": "ADDRESS", "domain": "DOMAIN", "command": "COMMAND", "name": "NAME",
	"zone": "ZONE", "link": "ZONE", "addr": "IP", "port": "PORT", "fix": "RECORD", "url": "URL"}

// fields are how the fields of a message are labelled, where the label is not the field's name.
var fields = map[Lang]map[string]string{Japanese: {"to": "宛先", "cc": "写し", "bcc": "BCC", "from": "差出人", "address": "アドレス"}}

// labelled are facts with the field, if there is one, called by its label.
func labelled(args map[string]string, lang Lang) map[string]string {
	label, ok := fields[lang][args["field"]]
	if !ok {
		return args
	}
	args = maps.Clone(args)
	args["field"] = label
	return args
}

// unnamed is how things are called whose names are not known, as where a code is asked for and nothing happened.
var unnamed = map[Lang]map[string]string{
	English: {"host": "the server", "server": "the server", "address": "the address", "domain": "the domain", "command": "the command",
		"name": "that name", "zone": "the zone", "link": "the zone"},
	Japanese: {"host": "サーバー", "server": "サーバー", "address": "このアドレス", "domain": "このドメイン", "command": "コマンド",
		"name": "その名前", "zone": "このゾーン", "link": "このゾーン", "on": "日付不明"},
}
