package bounce

import (
	"cmp"
	"strings"

	"todoku/internal/mail"
)

// Delivered gives the recipients whom a report says to have the message in their mailbox, and which message that is. "relayed"
// and "expanded" (RFC 3464 section 2.3.3) are no proof of that.
func Delivered(m *mail.Parsed) (to []string, o Original) {
	for _, group := range m.DeliveryStatus() {
		if word(strings.ToLower(mail.FieldValue(group, "Action"))) != "delivered" || len(to) == maxBlocks {
			continue
		}
		if a := cmp.Or(unquoted(address(mail.FieldValue(group, "Original-Recipient"))), address(mail.FieldValue(group, "Final-Recipient"))); a != "" {
			to = append(to, a)
		}
	}
	if len(to) > 0 {
		o = original(m, words{})
	}
	return to, o
}
