package config

import (
	"fmt"
	"maps"
	"strings"
)

// Problem codes; the words in two languages are diag/explain's, those below for logs and other programs.
const (
	ProblemUnusable  = "config.unusable"         // the file cannot be read; Args: detail
	ProblemSyntax    = "config.syntax"           // not TOML; Args: detail
	ProblemTwice     = "config.twice"            // Key or Value stands there a second time; Args: first (line)
	ProblemUnknown   = "config.unknown-key"      // no such key; Suggest
	ProblemType      = "config.wrong-type"       // Args: want, got (see kinds)
	ProblemValue     = "config.bad-value"        // Args: allowed; Suggest
	ProblemMissing   = "config.missing"          // Key has to be there
	ProblemConflict  = "config.conflict"         // Key and Args other exclude one another
	ProblemRule      = "config.rule"             // begins the codes of fault rules that make no sense; Args: detail
	ProblemRuleTwice = "config.rule.twice"       // two rules have the id Value; Args: detail
	ProblemExposed   = "config.exposed-password" // a password in a file that others can read; Args: mode

	// With a Suggest the first two of these are said otherwise.
	problemUnknownNear = "config.unknown-key.near"
	problemValueNear   = "config.bad-value.near"
)

// Kinds of values, as Args want and got of ProblemType, and allowed of ProblemValue, have them.
const (
	kindFraction = "fraction"
	kindHost     = "host"
	kindCount    = "count"
	kindText     = "text"
	kindNumber   = "number"
	kindSwitch   = "boolean"
	kindTexts    = "texts"
	kindTable    = "table"
	kindTables   = "tables"
	kindList     = "list"
	kindDate     = "date"

	// Of files of faults, which are read by the same rules.
	KindTime = "time"
	KindCase = "case"
)

// Problem is one mistake. Line and Column (in characters) count from 1; they are 0 for what is not there.
type Problem struct {
	File    string            `json:"file"`
	Line    int               `json:"line,omitempty"`
	Column  int               `json:"column,omitempty"`
	Code    string            `json:"code"`
	Key     string            `json:"key,omitempty"` // "account.imap.port"
	Value   string            `json:"value,omitempty"`
	Suggest string            `json:"suggest,omitempty"`
	Args    map[string]string `json:"args,omitempty"` // "account" names the account where there are several
}

// Explain gives code and facts: at, key, value, suggest, and the Args.
func (p Problem) Explain() (code string, args map[string]string) {
	args = map[string]string{"at": p.File, "key": p.Key, "value": p.Value, "suggest": p.Suggest}
	if p.Line > 0 {
		args["at"] = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	maps.Copy(args, p.Args)
	switch {
	case p.Suggest != "" && p.Code == ProblemUnknown:
		return problemUnknownNear, args
	case p.Suggest != "" && p.Code == ProblemValue:
		return problemValueNear, args
	}
	return p.Code, args
}

// String says the problem in English, as compilers do: file:line:column: what and what to do.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	b.WriteString(p.sentence())
	if p.Suggest != "" {
		fmt.Fprintf(&b, "; did you mean %s?", p.Suggest)
	}
	return b.String()
}

func (p Problem) sentence() string {
	if strings.HasPrefix(p.Code, ProblemRule) {
		return p.Args["detail"]
	}
	switch p.Code {
	case ProblemUnusable:
		return "the file cannot be read: " + p.Args["detail"]
	case ProblemSyntax:
		return "this is not TOML: " + p.Args["detail"]
	case ProblemTwice:
		if p.Value != "" {
			return fmt.Sprintf("%s is %q a second time (first on line %s); give each its own", p.Key, p.Value, p.Args["first"])
		}
		return fmt.Sprintf("%s is set a second time (first on line %s); remove one", p.Key, p.Args["first"])
	case ProblemUnknown:
		return "there is no key " + p.Key
	case ProblemType:
		return fmt.Sprintf("%s takes %s, not %s", p.Key, kindWords(p.Args["want"]), kindWords(p.Args["got"]))
	case ProblemValue:
		return fmt.Sprintf("%s cannot be %q; it takes %s", p.Key, p.Value, kindWords(p.Args["allowed"]))
	case ProblemMissing:
		return p.Key + " is missing" + p.ofAccount()
	case ProblemConflict:
		return fmt.Sprintf("%s and %s exclude one another%s; keep one", p.Key, p.Args["other"], p.ofAccount())
	case ProblemExposed:
		return fmt.Sprintf("others can read the password in this file (mode %s); run chmod 600 on it, or use password_command", p.Args["mode"])
	}
	return p.Code
}

func (p Problem) ofAccount() string {
	if name := p.Args["account"]; name != "" {
		return " in account " + name
	}
	return ""
}

func kindWords(kind string) string {
	switch kind {
	case kindText:
		return "text in quotes"
	case kindNumber:
		return "a whole number"
	case kindSwitch:
		return "true or false"
	case kindTexts:
		return "a list of texts in quotes"
	case kindTable:
		return "a table"
	case kindTables:
		return "tables in double brackets"
	case kindList:
		return "a list"
	case kindDate:
		return "a date or time"
	case kindFraction:
		return "a number with a fraction"
	case kindHost:
		return "a host name or an address, without port"
	case kindCount:
		return "1 or more"
	case KindTime:
		return `a time such as "200ms", "8s" or "5m"`
	case KindCase:
		return "the ids that `todoku faults` lists"
	}
	return kind // the permitted words themselves
}
