package session

import "todoku/internal/mail"

// Check gives what is wrong with the recipient or the envelope sender of a trace, in the words of the field, before
// anything is asked; nil where Trace can begin with them.
func (o TraceOptions) Check() error {
	if _, _, err := target(o.Target); err != nil {
		return err
	}
	_, err := envelopeSender(o.From)
	return err
}

// envelopeSender reads the address that a trace says its mail is from; empty for none.
func envelopeSender(typed string) (string, error) {
	if typed == "" {
		return "", nil
	}
	list, err := mail.ParseAddressList(typed)
	if err != nil || len(list) != 1 {
		return "", fieldError("from", typed, err)
	}
	return list[0].Addr, nil
}
