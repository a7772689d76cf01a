package wire

import (
	"context"
	"time"
)

// TimeUp reports that a context is over, or is in this moment: a socket that has its deadline may notice before it does.
func TimeUp(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}
