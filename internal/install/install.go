// Package install adds a server's entry to the configuration of MCP clients and
// removes it again. Whatever else is in a file stays as it is, byte for
// byte, and every result is parsed again and compared before anybody may write it.
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

// ErrNotThere means that there is no entry to remove.
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

// Private reports whether the entry has a secret that is written.
func (e *Entry) Private() bool {
	private := func(v Variable) bool { return v.Secret && v.Source == Written }
	return slices.ContainsFunc(e.Env, private) || e.Bearer != nil && private(*e.Bearer)
}

// Add returns the configuration with the entry in it: the same bytes where it is
// there already. An empty configuration is one that does not exist yet.
func (c Client) Add(config []byte, e Entry) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	want, questions, err := c.entry(e)
	if err != nil {
		return nil, err
	}
	e.Owned = e.owned()
	return c.edit(config, e, func(d document) (changed bool, err error) {
		old, _ := d.get(c.path(e))
		if target := c.merged(old, want, e); !reflect.DeepEqual(old, target) {
			changed = true
			if err := update(d, c.path(e), old, target); err != nil {
				return false, err
			}
		}
		asked, err := c.setQuestions(d, e, questions)
		return changed || asked, err
	})
}

// Remove returns the configuration without the entry, and ErrNotThere if it has
// none. owned are the names of the variables that clients may have been told to
// ask for.
func (c Client) Remove(config []byte, name string, owned []string) ([]byte, error) {
	e := Entry{Name: name, Owned: owned}
	found := false
	text, err := c.edit(config, e, func(d document) (changed bool, err error) {
		if _, changed = d.get(c.path(e)); changed {
			if err := d.unset(c.path(e)); err != nil {
				return false, err
			}
		}
		asked, err := c.setQuestions(d, e, nil)
		found = found || changed || asked
		return changed || asked, err
	})
	if err == nil && !found {
		return nil, ErrNotThere
	}
	return text, err
}

// Snippet returns a configuration with nothing but the entry, to be copied by hand.
func (c Client) Snippet(e Entry) ([]byte, error) { return c.Add(nil, e) }

func (c Client) path(e Entry) []string { return []string{c.servers, e.Name} }

// owned returns the names of the variables that the entry has or may have had.
func (e Entry) owned() []string {
	var names []string
	for _, v := range e.Env {
		names = append(names, v.Name)
	}
	if e.Bearer != nil {
		names = append(names, e.Bearer.Name)
	}
	return append(names, e.Owned...)
}

// edit returns the configuration as change leaves it. The result is parsed again:
// a second change must find nothing to do, and nothing else may have changed.
func (c Client) edit(config []byte, e Entry, change func(document) (changed bool, err error)) ([]byte, error) {
	d, err := c.parse(config)
	if err != nil {
		return nil, err
	}
	changed, err := change(d)
	if err != nil {
		return nil, err
	}
	if !changed {
		return config, nil
	}
	text := d.bytes()
	before, err := c.parse(config)
	if err != nil {
		return nil, err
	}
	after, err := c.parse(text)
	if err != nil {
		return nil, fmt.Errorf("the result could not be read; nothing is written (a defect of this program): %w", err)
	}
	if changed, err := change(after); err != nil || changed {
		return nil, errors.New("the entry would not be what it should be; nothing is written (a defect of this program)")
	}
	// The printed forms are compared because not-a-number differs from itself.
	if fmt.Sprintf("%#v", c.rest(before, e)) != fmt.Sprintf("%#v", c.rest(after, e)) {
		return nil, errors.New("something else would change; nothing is written (a defect of this program)")
	}
	return text, nil
}

// rest returns what a configuration has apart from the entry and its questions.
func (c Client) rest(d document, e Entry) any {
	v, _ := d.get(nil)
	root, _ := v.(map[string]any)
	if servers, ok := root[c.servers].(map[string]any); ok {
		if delete(servers, e.Name); len(servers) == 0 {
			delete(root, c.servers)
		}
	}
	if inputs, ok := root["inputs"].([]any); ok && c.asks {
		inputs = slices.DeleteFunc(inputs, func(v any) bool {
			input, _ := v.(map[string]any)
			id, _ := input["id"].(string)
			return slices.Contains(inputIDs(e), id)
		})
		if root["inputs"] = inputs; len(inputs) == 0 {
			delete(root, "inputs")
		}
	}
	return root
}

// managed are the keys of an entry that belong to this package, in all clients.
// Others, such as those that switch a server off, are the user's.
var managed = []string{
	"type", "command", "args", "env", "env_vars", "url", "serverUrl", "headers",
	"http_headers", "env_http_headers", "bearer_token_env_var",
}

// merged returns the entry that is wanted, together with what others have put into
// the old one: keys that are not managed, and variables that are not the server's.
func (c Client) merged(old any, want map[string]any, e Entry) map[string]any {
	was, _ := old.(map[string]any)
	target := maps.Clone(want)
	for key, v := range was {
		if !slices.Contains(managed, key) {
			target[key] = v
		}
	}
	variables, _ := was["env"].(map[string]any)
	env := map[string]any{}
	for name, v := range variables {
		if e.URL == "" && !slices.Contains(e.Owned, name) {
			env[name] = v
		}
	}
	own, _ := want["env"].(map[string]any)
	if maps.Copy(env, own); len(env) > 0 {
		target["env"] = env
	}
	return target
}

// update turns an old value into the target. A table is edited where it is, for the
// sake of comments and order, if it is the entry or if some of its values stay.
func update(d document, path []string, old, target any) error {
	was, ok1 := old.(map[string]any)
	is, ok2 := target.(map[string]any)
	stays := func(key string) bool { v, ok := is[key]; return ok && reflect.DeepEqual(v, was[key]) }
	if !ok1 || !ok2 || len(path) > 2 && !slices.ContainsFunc(slices.Collect(maps.Keys(was)), stays) {
		return d.set(path, target)
	}
	for _, key := range slices.Sorted(maps.Keys(was)) {
		if _, ok := is[key]; !ok {
			if err := d.unset(slices.Concat(path, []string{key})); err != nil {
				return err
			}
		}
	}
	for _, key := range ordered(is) {
		if !stays(key) {
			if err := update(d, slices.Concat(path, []string{key}), was[key], is[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

// setQuestions leaves of the entry's questions those that are wanted.
func (c Client) setQuestions(d document, e Entry, wanted map[string]any) (changed bool, err error) {
	if !c.asks {
		return false, nil
	}
	for _, id := range inputIDs(e) {
		want, ask := wanted[id]
		have, there := d.get([]string{"inputs", id})
		switch {
		case ask && !reflect.DeepEqual(have, want):
			err = d.set([]string{"inputs", id}, want)
		case there && !ask:
			err = d.unset([]string{"inputs", id})
		default:
			continue
		}
		if err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

// inputIDs returns the names of the questions that an entry may have.
func inputIDs(e Entry) []string {
	ids := make([]string, len(e.Owned))
	for i, variable := range e.Owned {
		ids[i] = inputID(e.Name, variable)
	}
	return ids
}

// inputID returns the name of the question for a variable.
func inputID(name, variable string) string {
	return name + "-" + strings.ReplaceAll(strings.ToLower(variable), "_", "-")
}
