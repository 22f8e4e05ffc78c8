package main

import (
	"bytes"
	"fmt"
	"strings"
)

// printOperations writes internal/zoom/operations.gen.go: a parameter struct and
// a method of the client for every operation.
func printOperations(m *model) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(header("zoom"))
	b.WriteString("import \"context\"\n\n")
	for _, me := range m.Methods {
		printParams(&b, me)
		printOperation(&b, m, me)
	}
	printLinkPaths(&b, m)
	return b.Bytes(), nil
}

// printLinkPaths writes where the links lead that stand for a method's ids.
func printLinkPaths(b *bytes.Buffer, m *model) {
	b.WriteString("// linkPaths are the paths of files, below /phone.\nvar linkPaths = []linkPath{\n")
	for _, me := range m.Methods {
		if me.Ext.Answer == "binary" || me.Ext.Answer == "transcript" {
			path := strings.Split(strings.TrimPrefix(me.Path, "/phone/"), "/")
			fmt.Fprintf(b, "\t{%s, %q},\n", goStrings(path), me.Name)
		}
	}
	b.WriteString("}\n")
}

// maxWidth is where a chain of calls is broken.
const maxWidth = 120

func paramsType(me method) string { return me.GoName + "Params" }

func printParams(b *bytes.Buffer, me method) {
	if len(me.Params) == 0 {
		return
	}
	fmt.Fprintf(b, "// %s are the parameters of [Client.%s]. Zero values and nil are not sent.\n", paramsType(me), me.GoName)
	fmt.Fprintf(b, "type %s struct {\n", paramsType(me))
	for _, p := range me.Params {
		need := ""
		if p.Required {
			need = "Required. "
		}
		fmt.Fprintf(b, "\t%s %s // %s%s\n", p.GoName, paramGoType(p), need, p.Description)
	}
	b.WriteString("}\n\n")
}

func paramGoType(p param) string {
	switch p.Schema.Kind {
	case "array":
		return "[]" + goScalar(p.Schema.Items.Kind)
	case "string":
		return "string"
	}
	return "*" + goScalar(p.Schema.Kind)
}

func printOperation(b *bytes.Buffer, m *model, me method) {
	args, label := "", ""
	if len(me.Params) > 0 {
		args = ", p " + paramsType(me)
	}
	if me.Ext.RateLimit != nil {
		label = *me.Ext.RateLimit
	}
	answer, call := "*Answer", "get"
	if me.Response == nil || me.Ext.Answer == "transcript" {
		answer, call = "*File", "download"
	}
	fmt.Fprintf(b, "// %s calls GET %s: %s\n", me.GoName, me.Path, sentence(me.Title))
	if me.Deprecated {
		b.WriteString("//\n// Deprecated: Zoom announced its end.\n")
	}
	fmt.Fprintf(b, "func (c *Client) %s(ctx context.Context%s) (%s, error) {\n", me.GoName, args, answer)
	fmt.Fprintf(b, "\treturn %s(ctx, c, newRequest(%q, %q%s)", call, me.Name, label, pathParts(me))
	width := maxWidth // the first setter starts a line
	for _, p := range me.Params {
		if p.In != "query" {
			continue
		}
		add := fmt.Sprintf("%s(%q, p.%s)", "add"+getter(p), p.Name, p.GoName)
		if width += len(add) + 1; width > maxWidth {
			b.WriteString(".\n\t\t")
			width = len(add)
		} else {
			b.WriteString(".")
		}
		b.WriteString(add)
	}
	if me.Response != nil {
		var names []string
		for _, f := range m.flat(me.Response) {
			names = append(names, f.Name)
		}
		fmt.Fprintf(b, ".\n\t\tanswers(%q)", strings.Join(names, " "))
	}
	b.WriteString(")\n}\n\n")
}

// pathParts prints the path as literal, value, literal, …
func pathParts(me method) string {
	var b strings.Builder
	rest := me.Path
	for rest != "" {
		before, after, found := strings.Cut(rest, "{")
		fmt.Fprintf(&b, ", %q", before)
		if !found {
			break
		}
		name, tail, _ := strings.Cut(after, "}")
		fmt.Fprintf(&b, ", p.%s", goName(name))
		rest = tail
	}
	return b.String()
}

func goScalar(kind string) string {
	switch kind {
	case "integer":
		return "int64"
	case "number":
		return "float64"
	case "boolean":
		return "bool"
	}
	return "string"
}

// sentence is a title as the end of a sentence that a name began.
func sentence(s string) string {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		s = strings.ToLower(s[:1]) + s[1:]
	}
	return s + "."
}
