package session

import "strconv"

// Error is a refusal of a verb: a code and facts that diag/explain puts into words.
type Error struct {
	Code string
	Args map[string]string
	Err  error
}

func (e *Error) Error() string {
	s := e.Code
	for k, v := range e.Args {
		s += " " + k + "=" + strconv.Quote(v)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Explain gives code and facts.
func (e *Error) Explain() (code string, args map[string]string) { return e.Code, e.Args }

func itoa(n int) string { return strconv.Itoa(n) }
