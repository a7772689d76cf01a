package cli

import (
	"time"

	"github.com/spf13/cobra"

	"todoku/diag/compare"
	"todoku/ui/text"
)

// lineFlags are the flags that say for which line the totals of a comparison are computed.
type lineFlags struct {
	rtt       time.Duration
	bandwidth string
}

// flags adds them, with what they are unless they are typed.
func (l *lineFlags) flags(c *cobra.Command, rtt time.Duration, bandwidth string) {
	c.Flags().DurationVar(&l.rtt, "rtt", rtt, "")
	c.Flags().StringVar(&l.bandwidth, "bandwidth", bandwidth, "")
}

// line reads what was typed, and says what of it is wrong. What was not typed is 0.
func (l lineFlags) line(c *cobra.Command, w text.CLIWords) (compare.Line, text.Safe) {
	line := compare.Line{RTT: l.rtt}
	if l.rtt < 0 || l.rtt == 0 && c.Flags().Changed("rtt") {
		return line, w.AboveZero
	}
	if l.bandwidth == "" {
		return line, ""
	}
	var ok bool
	if line.Bandwidth, ok = text.Amount(l.bandwidth); !ok {
		return line, text.F(w.Amount, "bandwidth")
	}
	return line, ""
}
