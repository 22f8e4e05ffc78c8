// Package install puts a server's entry into the configuration of MCP clients,
// and takes it out again. Whatever else is in a file stays as it is, byte for
// byte: edits are splices at offsets that a parser has found, and every result is
// parsed again and compared before anybody may write it.
//
// It knows clients: where their files are, what an entry looks like in them, and
// how they keep secrets. It must not know what the server does, the protocol, or
// command lines.
package install

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Entry is a server as a client has to know it: a command, or an address.
type Entry struct {
	// Name is the entry's key: letters, digits, hyphens and underscores.
	Name string
	// Command is the path of the executable, and Args what it is started with.
	Command string
	Args    []string
	// Env are the variables that the command needs.
	Env []Variable
	// URL is the address of a server that runs elsewhere. It excludes Command.
	URL string
	// Bearer is the key that is sent to URL, nil for none.
	Bearer *Variable
	// Owned are the names of all variables that an entry of this server may have
	// had before. Those that Env does not have are taken out of an old entry; what
	// else somebody has added to it stays.
	Owned []string
}

// Variable is an environment variable of a server, or the key of a remote one.
type Variable struct {
	Name string
	// Value is written as it is, unless Source says otherwise.
	Value string
	// Source is where the value comes from.
	Source Source
	// Secret values make the file private and are never shown.
	Secret bool
	// Title is what a client shows when it asks for the value.
	Title string
}

// Source is where the value of a variable comes from.
type Source int

const (
	// Written values stand in the file.
	Written Source = iota
	// Kept values are in the client's own store of secrets, or in the environment
	// that the client runs in; the file has only a reference.
	Kept
	// Passed values are in the environment of the desktop session. Clients that
	// start servers with a bare environment are told to pass them on, or have the
	// value written if they cannot be told and there is one.
	Passed
)

// ErrNotThere means that there is no entry to take out.
var ErrNotThere = errors.New("there is no such entry")

var validName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// check refuses an entry that no client could read.
func (e *Entry) check() error {
	switch {
	case !validName.MatchString(e.Name):
		return fmt.Errorf("%q is no name for an entry: use letters, digits, hyphens and underscores, at most 64", e.Name)
	case (e.Command == "") == (e.URL == ""):
		return errors.New("an entry has a command or an address")
	}
	return nil
}

// Private tells whether the entry has a secret that is written.
func (e *Entry) Private() bool {
	private := func(v Variable) bool { return v.Secret && v.Source == Written }
	return slices.ContainsFunc(e.Env, private) || e.Bearer != nil && private(*e.Bearer)
}

// Add gives the configuration with the entry in it: the same bytes where it is
// there already. An empty configuration is one that does not exist yet.
func (c Client) Add(config []byte, e Entry) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	// What the entry has now is its own in any case.
	e.Owned = slices.Clone(e.Owned)
	for _, v := range e.Env {
		e.Owned = append(e.Owned, v.Name)
	}
	if e.Bearer != nil {
		e.Owned = append(e.Owned, e.Bearer.Name)
	}
	want, inputs, err := c.entry(e)
	if err != nil {
		return nil, err
	}
	d, err := c.parse(config)
	if err != nil {
		return nil, err
	}
	path := []string{c.servers, e.Name}
	before, there := d.get(path)
	if there && c.upToDate(d, before, want, inputs, e) {
		return config, nil
	}
	old, isTable := before.(map[string]any)
	if isTable {
		err = c.update(d, path, old, want, e)
	} else {
		err = d.set(path, want)
	}
	if err != nil {
		return nil, err
	}
	for _, input := range inputs {
		if err := d.(*jsonText).setElement("inputs", input); err != nil {
			return nil, err
		}
	}
	for _, id := range c.staleInputs(e, inputs) {
		if err := d.(*jsonText).unsetElement("inputs", id); err != nil {
			return nil, err
		}
	}
	if err := c.verify(config, d.bytes(), e.Name, inputIDs(e.Name, e.Owned)); err != nil {
		return nil, err
	}
	after, _ := d.get(path)
	if !c.upToDate(d, after, want, inputs, e) {
		return nil, errors.New("the entry would not be what it should be; nothing is written (a defect of this program)")
	}
	return d.bytes(), nil
}

// Remove gives the configuration without the entry, and ErrNotThere if it has
// none. owned are the names of the variables that clients may have been told to
// ask for.
func (c Client) Remove(config []byte, name string, owned []string) ([]byte, error) {
	d, err := c.parse(config)
	if err != nil {
		return nil, err
	}
	path := []string{c.servers, name}
	ids := inputIDs(name, owned)
	_, there := d.get(path)
	if j, ok := d.(*jsonText); ok && c.asks && !there {
		there = slices.ContainsFunc(ids, func(id string) bool { return j.element("inputs", id) != nil })
	}
	if !there {
		return nil, ErrNotThere
	}
	if err := d.unset(path); err != nil {
		return nil, err
	}
	if c.asks {
		for _, id := range ids {
			if err := d.(*jsonText).unsetElement("inputs", id); err != nil {
				return nil, err
			}
		}
	}
	if err := c.verify(config, d.bytes(), name, ids); err != nil {
		return nil, err
	}
	if _, there := d.get(path); there {
		return nil, errors.New("the entry would still be there; nothing is written (a defect of this program)")
	}
	return d.bytes(), nil
}

// Snippet is a configuration with nothing but the entry, to be copied by hand.
func (c Client) Snippet(e Entry) ([]byte, error) { return c.Add(nil, e) }

func (c Client) parse(config []byte) (document, error) {
	if c.toml {
		return parseTOML(config)
	}
	return parseJSON(config)
}

// managed are the keys of an entry that belong to this package, in all clients.
// Others, such as those that switch a server off, are the user's.
var managed = []string{
	"type", "command", "args", "env", "env_vars", "url", "serverUrl", "headers",
	"http_headers", "env_http_headers", "bearer_token_env_var",
}

// update makes an old entry what it should be and leaves what others put there.
func (c Client) update(d document, path []string, old map[string]any, want table, e Entry) error {
	at := func(more ...string) []string { return slices.Concat(path, more) }
	for _, key := range managed {
		was, had := old[key]
		v, wanted := want.get(key)
		wasTable, _ := was.(map[string]any)
		keep := key == "env" && e.URL == "" && len(c.foreign(wasTable, e)) > 0
		switch {
		case had && !wanted && !keep:
			if err := d.unset(at(key)); err != nil {
				return err
			}
		case keep:
			// The table stays for the sake of what others have put there.
			env, _ := v.(table)
			for _, m := range env {
				if reflect.DeepEqual(wasTable[m.name], plain(m.value)) {
					continue
				}
				if err := d.set(at(key, m.name), m.value); err != nil {
					return err
				}
			}
			for _, name := range slices.Sorted(maps.Keys(wasTable)) {
				if _, wanted := env.get(name); !wanted && slices.Contains(e.Owned, name) {
					if err := d.unset(at(key, name)); err != nil {
						return err
					}
				}
			}
		}
	}
	for _, m := range want {
		was, had := old[m.name]
		wasTable, _ := was.(map[string]any)
		if had && reflect.DeepEqual(was, plain(m.value)) || m.name == "env" && len(c.foreign(wasTable, e)) > 0 {
			continue
		}
		// A table that may be spread over several places is written anew.
		if _, isTable := m.value.(table); had && isTable {
			if err := d.unset(at(m.name)); err != nil {
				return err
			}
		}
		if err := d.set(at(m.name), m.value); err != nil {
			return err
		}
	}
	return nil
}

// foreign are the variables of an old entry that are not this server's.
func (c Client) foreign(env map[string]any, e Entry) map[string]any {
	rest := map[string]any{}
	for name, v := range env {
		if !slices.Contains(e.Owned, name) {
			rest[name] = v
		}
	}
	return rest
}

// upToDate tells whether an entry has what it should have, and of what this
// package manages nothing else.
func (c Client) upToDate(d document, have any, want table, inputs []table, e Entry) bool {
	old, ok := have.(map[string]any)
	if !ok {
		return false
	}
	for _, key := range managed {
		is := old[key]
		should, wanted := want.get(key)
		target := plain(should)
		if env, ok := is.(map[string]any); ok && key == "env" && e.URL == "" {
			if rest := c.foreign(env, e); len(rest) > 0 {
				t, _ := target.(map[string]any)
				if t == nil {
					t = map[string]any{}
				}
				maps.Copy(t, rest)
				target, wanted = t, true
			}
		}
		if _, had := old[key]; had != wanted || wanted && !reflect.DeepEqual(is, target) {
			return false
		}
	}
	j, _ := d.(*jsonText)
	for _, input := range inputs {
		id, _ := input.get("id")
		if have := j.element("inputs", id.(string)); !reflect.DeepEqual(have, plain(input)) {
			return false
		}
	}
	for _, id := range c.staleInputs(e, inputs) {
		if j.element("inputs", id) != nil {
			return false
		}
	}
	return true
}

// staleInputs are the questions that an older entry may have needed.
func (c Client) staleInputs(e Entry, inputs []table) []string {
	if !c.asks {
		return nil
	}
	return slices.DeleteFunc(inputIDs(e.Name, e.Owned), func(id string) bool {
		return slices.ContainsFunc(inputs, func(t table) bool { v, _ := t.get("id"); return v == id })
	})
}

func inputIDs(name string, owned []string) []string {
	ids := make([]string, len(owned))
	for i, o := range owned {
		ids[i] = inputID(name, o)
	}
	return ids
}

// inputID names the question for a variable.
func inputID(name, variable string) string {
	return name + "-" + strings.ReplaceAll(strings.ToLower(variable), "_", "-")
}
