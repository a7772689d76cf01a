package wire

import (
	"bufio"
	"os"

	"todoku/ui/screen"
	"todoku/ui/text"
)

// save writes every kept event as JSON lines to a new file, mode 0600: what was said may be private.
func (p *Pane) save(path string) screen.Action {
	w := p.env.Words.Wire
	if err := p.write(path); err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(w.Error, err), Err: err}
	}
	return screen.Say{Kind: screen.Result, Text: text.F(w.Saved, path, text.Num(len(p.events)))}
}

func (p *Pane) write(path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	b := bufio.NewWriter(f)
	for _, e := range p.events {
		line, err := e.JSON()
		if err != nil {
			return err
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Flush()
}
