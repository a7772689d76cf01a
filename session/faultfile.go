package session

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/config"
)

// faultFile is a file of faults: cases of the catalogue and rules. docs/sandbox.md describes it.
type faultFile struct {
	Cases []string   `toml:"cases"`
	Rules []ruleText `toml:"rule"`
}

// ruleText is fault.Rule as a person writes it; durations are texts.
type ruleText struct {
	ID       string     `toml:"id"`
	Host     string     `toml:"host"`
	Stage    string     `toml:"stage"`
	Match    matchText  `toml:"match"`
	Nth      int        `toml:"nth"`
	Every    int        `toml:"every"`
	Once     bool       `toml:"once"`
	Percent  int        `toml:"percent"`
	Seed     int        `toml:"seed"`
	Rate     int        `toml:"rate"`
	Per      string     `toml:"per"`
	Greylist string     `toml:"greylist"`
	Off      bool       `toml:"off"`
	Do       actionText `toml:"do"`
}

type matchText struct {
	Proto string `toml:"proto"`
	Verb  string `toml:"verb"`
	User  string `toml:"user"`
	From  string `toml:"from"`
	To    string `toml:"to"`
	Name  string `toml:"name"`
	Type  string `toml:"type"`
	Peer  string `toml:"peer"`
	Clear bool   `toml:"clear"`
	EDNS  bool   `toml:"edns"`
}

type actionText struct {
	Delay       string      `toml:"delay"`
	Reply       string      `toml:"reply"`
	Garbage     int         `toml:"garbage"`
	Endless     bool        `toml:"endless"`
	Silent      bool        `toml:"silent"`
	Close       bool        `toml:"close"`
	Octets      int         `toml:"octets"`
	Drip        string      `toml:"drip"`
	Replace     replaceText `toml:"replace"`
	Withhold    []string    `toml:"withhold"`
	Size        int         `toml:"size"`
	Renumber    bool        `toml:"renumber"`
	Records     []string    `toml:"records"`
	Answer      answerText  `toml:"answer"`
	Page        pageText    `toml:"page"`
	Certificate string      `toml:"certificate"`
	Alert       uint8       `toml:"alert"`
}

type replaceText struct {
	Old string `toml:"old"`
	New string `toml:"new"`
}

type answerText struct {
	Authority   []string `toml:"authority"`
	Additional  []string `toml:"additional"`
	NoAuthority bool     `toml:"no_authority"`
	Signatures  string   `toml:"signatures"`
	NoProof     bool     `toml:"no_proof"`
	Extended    []int    `toml:"extended"`
	First       string   `toml:"first"`
}

type pageText struct {
	Body     string `toml:"body"`
	Pad      int    `toml:"pad"`
	Location string `toml:"location"`
}

// FaultFileError is a file of faults that cannot be used.
type FaultFileError struct{ Problems []config.Problem }

func (e *FaultFileError) Error() string {
	var lines []string
	for _, p := range e.Problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// Explain gives the code, and of the first mistake its own code and facts beside it.
func (e *FaultFileError) Explain() (code string, args map[string]string) {
	return "fault.file", besides(e.Problems[0])
}

// besides are the facts of an error that a mistake in a file made: its path, the mistake's code, its facts, and what it says
// in English.
func besides(p config.Problem) map[string]string {
	problem, args := p.Explain()
	args["path"], args["problem"], args["said"] = p.File, problem, p.String()
	return args
}

// readFaults reads a file of faults.
func readFaults(path string) ([]fault.Rule, error) {
	var f faultFile
	d, problems := config.Strict(path, &f)
	if len(problems) > 0 {
		return nil, &FaultFileError{problems}
	}
	r := faultReader{Document: d}
	rules := r.cases(f.Cases)
	for i, text := range f.Rules {
		rules = append(rules, r.rule(fmt.Sprintf("rule[%d]", i), text))
	}
	if len(r.problems) > 0 {
		return nil, &FaultFileError{r.problems}
	}
	return rules, nil
}

// faultReader turns texts into rules and gathers mistakes.
type faultReader struct {
	config.Document
	problems []config.Problem
	ids      []string
}

func (r *faultReader) cases(ids []string) []fault.Rule {
	var rules []fault.Rule
	for _, id := range ids {
		c, ok := fault.Find(id)
		if !ok {
			r.bad("cases", id, config.KindCase, config.Nearest(id, caseIDs()))
			continue
		}
		rules = append(rules, c.Named()...)
		r.once("cases", id)
	}
	return rules
}

func caseIDs() []string {
	var ids []string
	for _, c := range fault.Cases() {
		ids = append(ids, c.ID)
	}
	return ids
}

func (r *faultReader) bad(path, value, allowed, suggest string) {
	p := r.Problem(path, config.ProblemValue)
	p.Value, p.Suggest, p.Args = value, suggest, map[string]string{"allowed": allowed}
	r.problems = append(r.problems, p)
}

func (r *faultReader) senseless(path string, e *fault.RuleError) {
	p := r.Problem(path, e.Code)
	p.Args = map[string]string{"rule": e.Rule, "detail": e.Error()}
	maps.Copy(p.Args, e.Args)
	r.problems = append(r.problems, p)
}

func (r *faultReader) once(path, id string) {
	if slices.Contains(r.ids, id) {
		p := r.Problem(path, config.ProblemRuleTwice)
		p.Value, p.Args = id, map[string]string{"detail": fmt.Sprintf("%q stands there a second time; give each its own id", id)}
		r.problems = append(r.problems, p)
	}
	r.ids = append(r.ids, id)
}

// rule reads one rule; path is where it stands.
func (r *faultReader) rule(path string, t ruleText) fault.Rule {
	before := len(r.problems)
	out := fault.Rule{
		ID: t.ID, Host: t.Host, Stage: word(r, path+".stage", t.Stage, fault.Stages()), Match: fault.Match(t.Match), Nth: t.Nth, Every: t.Every,
		Once: t.Once, Percent: t.Percent, Seed: int64(t.Seed), Rate: t.Rate, Per: r.duration(path+".per", t.Per),
		Greylist: r.duration(path+".greylist", t.Greylist), Off: t.Off, Do: r.action(path+".do", t.Do),
	}
	if len(r.problems) > before {
		return out
	}
	var wrong *fault.RuleError
	if errors.As(out.Check(), &wrong) {
		r.senseless(path, wrong)
		return out
	}
	r.once(path+".id", t.ID)
	return out
}

func (r *faultReader) action(path string, t actionText) fault.Action {
	return fault.Action{
		Delay: r.duration(path+".delay", t.Delay), Reply: t.Reply, Garbage: t.Garbage, Endless: t.Endless, Silent: t.Silent,
		Close: t.Close, Octets: int64(t.Octets), Drip: r.duration(path+".drip", t.Drip), Replace: fault.Replace(t.Replace),
		Withhold: t.Withhold, Size: int64(t.Size), Renumber: t.Renumber, Records: t.Records,
		Answer: fault.Answer{Authority: t.Answer.Authority, Additional: t.Answer.Additional, NoAuthority: t.Answer.NoAuthority,
			Signatures: fault.Signatures(t.Answer.Signatures), NoProof: t.Answer.NoProof, Extended: t.Answer.Extended, First: fault.Forgery(t.Answer.First)},
		Page:        fault.Page(t.Page),
		Certificate: word(r, path+".certificate", t.Certificate, fault.Certificates()),
		Alert:       t.Alert,
	}
}

// word is one of a few, or empty.
func word[W ~string](r *faultReader, path, value string, allowed []W) W {
	var names []string
	for _, w := range allowed {
		names = append(names, string(w))
	}
	if value != "" && !slices.Contains(names, value) {
		r.bad(path, value, strings.Join(names, ", "), config.Nearest(value, names))
	}
	return W(value)
}

func (r *faultReader) duration(path, value string) time.Duration {
	if value == "" {
		return 0
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		r.bad(path, value, config.KindTime, "")
	}
	return d
}
