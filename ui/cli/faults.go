package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"todoku/session"
	"todoku/ui/text"
)

func (a *app) faultsCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "faults [WORD]",
		Args: a.args(0, 1),
		RunE: func(_ *cobra.Command, args []string) error { return a.faults(strings.Join(args, "")) },
	}
}

func (a *app) faults(word string) error {
	found := []session.FaultCase{}
	for _, c := range session.FaultCases() {
		title := text.FaultTitle(text.Lang(a.lang()), c.ID, c.Title)
		if strings.Contains(strings.ToLower(c.ID+" "+c.Title+" "+c.Truth.Cause+" "+string(title)), strings.ToLower(word)) {
			found = append(found, c)
		}
	}
	if a.flags.json {
		return a.printJSON("faults", found)
	}
	if len(found) == 0 {
		return session.NoSuchFault(word, nil)
	}
	words := a.words()
	said := words.Sandbox
	rows := [][]text.Safe{{"id", words.CLI.MetBy, said.Truth, words.CLI.Step, said.Who, words.CLI.WhatItIs}}
	for _, c := range found {
		rows = append(rows, []text.Safe{text.Clean(c.ID), text.Clean(c.To), words.Verdicts[c.Truth.Word], text.Num(c.Truth.Step),
			said.Parties[c.Truth.Who], text.FaultTitle(words.Lang, c.ID, c.Title)})
	}
	a.printTable(rows)
	return nil
}

// printTable prints rows whose cells stand below one another.
func (a *app) printTable(rows [][]text.Safe) {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			wide[i] = max(wide[i], text.Width(cell))
		}
	}
	for _, row := range rows {
		line := text.Safe("")
		for i, cell := range row[:len(row)-1] {
			line += text.Fit(cell, wide[i]) + "  "
		}
		fmt.Fprintln(a.env.Stdout, line+row[len(row)-1])
	}
}
