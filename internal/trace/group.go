package trace

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// Group is work side by side, like a sync.WaitGroup, whose zero value is ready too. A panic in a piece of it goes on in
// Wait, in the goroutine that waits: there somebody recovers it, or restores the terminal.
type Group struct {
	work  sync.WaitGroup
	mu    sync.Mutex
	panic *Panic // the first
}

// Go does a piece of the work beside the others.
func (g *Group) Go(piece func()) {
	g.work.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				g.broke(PanicOf(p))
			}
		}()
		piece()
	})
}

func (g *Group) broke(p *Panic) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.panic == nil {
		g.panic = p
	}
}

// Wait returns when all pieces have ended. It panics with the first *Panic of them.
func (g *Group) Wait() {
	g.work.Wait()
	if g.panic != nil {
		panic(g.panic)
	}
}

// Panic is what a piece of work broke off with, and where.
type Panic struct {
	Said  string
	Stack []byte
}

// PanicOf makes a Panic of what was just recovered. One that comes from another goroutine keeps the stack of that one.
func PanicOf(recovered any) *Panic {
	if p, ok := recovered.(*Panic); ok {
		return p
	}
	return &Panic{Said: fmt.Sprint(recovered), Stack: debug.Stack()}
}

// Error gives both.
func (p *Panic) Error() string { return p.Said + "\n" + string(p.Stack) }
