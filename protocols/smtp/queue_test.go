package smtp

import (
	"context"
	"errors"
	"net"
	"testing"
)

// TestBeforeMessage: who keeps a queue is told after RCPT and before DATA, and can stop there.
func TestBeforeMessage(t *testing.T) {
	n, done := stage(t, func(c net.Conn) error {
		return perform(c, []string{
			"S: 220 x", "C: EHLO [127.0.0.1]", "S: 250 x", "C: MAIL FROM:<alice@sakura.test>", "S: 250 ok", "C: RCPT TO:<bob@fuji.test>",
			"S: 250 ok", "C: RSET", "S: 250 ok", "C: MAIL FROM:<alice@sakura.test>", "S: 250 ok", "C: RCPT TO:<bob@fuji.test>", "S: 550 no",
			"C: RSET", "S: 250 ok", "C: QUIT", "S: 221 bye",
		}, nil)
	})
	c, err := dialTest(n)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	diskFull, calls := errors.New("disk full"), 0
	env, rcpt := toBob, ""
	env.BeforeMessage = func() error { calls++; return diskFull }
	res, err := c.Send(ctx, env, []byte("x\r\n"), func(r RecipientResult) { rcpt = r.Verb })
	if !errors.Is(err, diskFull) || calls != 1 || rcpt != "RCPT" || res.Unknown {
		t.Errorf("%v, %d calls, %+v", err, calls, res)
	}
	if _, err := c.Send(ctx, env, []byte("x\r\n"), nil); err == nil || calls != 1 {
		t.Errorf("%v, %d calls: nobody takes the message, so that nothing will be sent", err, calls)
	}
	c.Quit(ctx)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
