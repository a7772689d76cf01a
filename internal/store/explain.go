package store

import "strconv"

// Explain gives "store." and the code, with facts for diag/explain.
func (e *Error) Explain() (code string, args map[string]string) {
	args = map[string]string{"path": e.Path, "op": e.Op, "said": e.words()}
	if e.Err != nil {
		args["cause"] = e.Err.Error()
	} else if e.Hint != "" {
		args["cause"] = e.Hint
	}
	return "store." + string(e.Code), args
}

// Explain gives "sync.busy" with the account and the process.
func (e *BusyError) Explain() (code string, args map[string]string) {
	args = map[string]string{"account": e.Account}
	if e.PID != 0 {
		args["pid"] = strconv.Itoa(e.PID)
	}
	return "sync.busy", args
}
