package fault

import (
	"fmt"
	"strings"
)

// RuleError is why a rule could never fire, or would do nothing; diag/explain has the words.
type RuleError struct {
	Rule string            // its id
	Code string            // stable: "config.rule.stage"
	Args map[string]string // value: what stands there; allowed: what may; stage: where it belongs
	said string            // of the rule, in English: for logs
}

func (e *RuleError) Error() string { return fmt.Sprintf("fault rule %q %s", e.Rule, e.said) }

func mistake(code, said string, args ...any) *RuleError {
	return &RuleError{Code: code, Args: map[string]string{}, said: fmt.Sprintf(said, args...)}
}

func (e *RuleError) with(name, value string) *RuleError {
	e.Args[name] = value
	return e
}

// words lists what may stand somewhere.
func words[T ~string](all ...T) string {
	var list []string
	for _, w := range all {
		list = append(list, string(w))
	}
	return strings.Join(list, ", ")
}
