package config

// Problem codes; the words in two languages are diag/explain's.
const (
	ProblemSyntax   = "config.syntax"
	ProblemUnknown  = "config.unknown-key"
	ProblemType     = "config.wrong-type"
	ProblemValue    = "config.bad-value"
	ProblemMissing  = "config.missing"
	ProblemTwice    = "config.twice"
	ProblemExposed  = "config.exposed-password"
	ProblemUnusable = "config.unusable" // the file cannot be read
)

// Problem is one mistake. Line and Column count from 1; 0 when the mistake is something that is not there.
type Problem struct {
	File    string            `json:"file"`
	Line    int               `json:"line,omitempty"`
	Column  int               `json:"column,omitempty"`
	Code    string            `json:"code"`
	Key     string            `json:"key,omitempty"` // "account.imap.port"
	Value   string            `json:"value,omitempty"`
	Suggest string            `json:"suggest,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
}
