package explain

import "todoku/internal/trace"

// Found is a finding as an error, for rooms that explain errors.
type Found trace.Finding

// Error gives the code and what the other side said.
func (f Found) Error() string {
	if said := f.Args["said"]; said != "" {
		return f.Code + ": " + said
	}
	return f.Code
}

// Explain gives code and facts.
func (f Found) Explain() (code string, args map[string]string) { return f.Code, f.Args }
