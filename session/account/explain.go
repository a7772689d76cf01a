package account

// Explain gives code and facts for diag/explain. None of them is secret.
func (e *Error) Explain() (code string, args map[string]string) {
	args = map[string]string{"account": e.Account, "where": e.Where}
	if e.Err != nil {
		args["cause"] = e.Err.Error()
	}
	return e.Code, args
}
