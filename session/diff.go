package session

import runchange "todoku/diag/change"

// Diff says what changed in meaning from r to now. If others may see one of the two, both are compared as others see them.
func (r RunFile) Diff(now RunFile) ([]runchange.Change, error) {
	if r.Header.Masked || now.Header.Masked {
		r, now = r.Masked(), now.Masked()
	}
	before, err := r.Traces()
	if err != nil {
		return nil, err
	}
	after, err := now.Traces()
	if err != nil {
		return nil, err
	}
	return runchange.Runs(before, after)
}
