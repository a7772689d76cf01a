package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"todoku/session"
	"todoku/ui/text"
)

// childGrace is how long a command under serve has to end after it was told to.
const childGrace = 10 * time.Second

func sandboxFlags(c *cobra.Command, o *session.SandboxOptions) {
	f := c.Flags()
	f.StringVar(&o.Data, "data", "", "")
	f.IntVar(&o.Port, "port", 0, "")
	f.IntVar(&o.SeedMessages, "seed-messages", 0, "")
	f.DurationVar(&o.RTT, "rtt", 0, "")
	f.Int64Var(&o.Seed, "seed", 0, "")
	f.StringArrayVar(&o.Faults, "fault", nil, "")
}

func (a *app) serveCommand() *cobra.Command {
	o := session.SandboxOptions{}
	c := &cobra.Command{
		Use:  "serve [-- COMMAND ...]",
		RunE: func(c *cobra.Command, args []string) error { return a.serve(c.Context(), o, args) },
	}
	sandboxFlags(c, &o)
	return c
}

func (a *app) serve(ctx context.Context, o session.SandboxOptions, command []string) error {
	o.FaultsRead = a.faultsRead
	world, err := session.Serve(ctx, a.span, o)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, world.Close)
	if len(command) > 0 {
		return a.runIn(ctx, world, command)
	}
	if a.flags.json {
		err = a.printLine(world.Ready())
	} else {
		err = a.printWorld(world)
	}
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// printWorld prints the tables that a person reads.
func (a *app) printWorld(world *session.World) error {
	r, words := world.Ready(), a.words().Printed
	hosts := [][]text.Safe{words.HostHead[:]}
	for _, h := range r.Hosts {
		for _, l := range h.Listeners() {
			hosts = append(hosts, []text.Safe{text.Clean(h.Name), text.Clean(h.Address), text.Clean(l.Protocol), text.Clean(l.TLS), text.Clean(l.Address)})
		}
	}
	users := [][]text.Safe{words.UserHead[:]}
	for _, u := range r.Users {
		users = append(users, []text.Safe{text.Clean(u.Address), text.Clean(u.Password)})
	}
	faults := [][]text.Safe{words.FaultHead[:]}
	for _, f := range world.Faults() {
		faults = append(faults, []text.Safe{text.Clean(f.ID), text.Clean(f.To), text.FaultTitle(text.Lang(a.lang()), f.ID, f.Title)})
	}
	a.printTable(hosts)
	for _, table := range [][][]text.Safe{users, faults} {
		if len(table) > 1 {
			fmt.Fprintln(a.env.Stdout)
			a.printTable(table)
		}
	}
	fmt.Fprintln(a.env.Stdout)
	a.printTable([][]text.Safe{{"DNS", text.F(words.DNS, r.DNS)}, {words.CAFile, text.Clean(r.CAFile)}, {words.World, text.Clean(r.World)}})
	_, err := fmt.Fprintf(a.env.Stdout, "\n%s\n", text.F(words.Ready, r.World))
	return err
}

// faultsRead says that a file of faults was read again, or what is wrong with it.
func (a *app) faultsRead(path string, err error) {
	if err == nil {
		fmt.Fprintf(a.env.Stderr, "todoku: %s\n", text.F(a.words().Printed.FaultsRead, path))
		return
	}
	fmt.Fprintf(a.env.Stderr, "todoku: %s\n", text.F(a.words().Printed.FaultsStay, err.Error()))
}

// runIn runs a command inside the world and ends with its exit status.
func (a *app) runIn(ctx context.Context, world *session.World, command []string) error {
	r := world.Ready()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.env.Stdin, a.env.Stdout, a.env.Stderr
	cmd.Env = append(os.Environ(), "TODOKU_SANDBOX="+r.World, "TODOKU_CA_FILE="+r.CAFile, "TODOKU_DNS="+r.DNS)
	cmd.Cancel = func() error { return stopProcess(cmd.Process) }
	cmd.WaitDelay = childGrace
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if code := exit.ExitCode(); code > 0 {
			return &exitStatus{code}
		}
		return &exitStatus{ExitFault}
	}
	return err
}

func (a *app) sandboxCommand() *cobra.Command {
	o := session.SandboxOptions{}
	c := &cobra.Command{
		Use:  "sandbox",
		Args: a.args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := session.Start(c.Context(), a.span, session.StartOptions{Sandbox: &o, Lang: a.flags.lang})
			if err != nil {
				return err
			}
			a.use(s)
			return a.draw(c.Context(), s, InterfaceOptions{})
		},
	}
	sandboxFlags(c, &o)
	return c
}
