package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// printRoutes writes internal/simulator/routes.gen.go: the paths of the simulated
// account as data. The account is a peer of Zoom and uses none of the client's code.
func printRoutes(m *model) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(header("simulator"))
	b.WriteString("// routeTable is the read surface of the Phone API, in the order of the spec.\nvar routeTable = []route{\n")
	for _, me := range m.Methods {
		if err := printRoute(&b, m, me); err != nil {
			return nil, fmt.Errorf("%s: %w", me.Name, err)
		}
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

func printRoute(b *bytes.Buffer, m *model, me method) error {
	x := me.Ext
	fmt.Fprintf(b, "\t{\n\t\toperation: %q, path: %q, kind: %q,\n", me.OperationID, me.Path, x.Answer)
	if x.RateLimit != nil {
		fmt.Fprintf(b, "\t\tlabel: %q,\n", *x.RateLimit)
	}
	fmt.Fprintf(b, "\t\tscopes: %s, classic: %s,\n", goStrings(x.Scopes.Granular), goStrings(x.Scopes.Classic))
	if p := x.Pagination; p != nil {
		fmt.Fprintf(b, "\t\titems: %q, next: %q, ids: %s,", p.Items, p.Next, goStrings(p.ID))
		if p.Style == "page" {
			fmt.Fprintf(b, " maxPage: %d,", cmp.Or(me.maxSize(), 300))
			if slices.Contains(x.Errors["400"], 400) {
				b.WriteString(" tokenCode: 400,")
			}
		}
		b.WriteByte('\n')
	}
	if w := x.Window; w != nil && !w.Totals {
		longest, err := months(w.Longest)
		if err != nil {
			return err
		}
		back, err := months(w.Reach)
		if err != nil {
			return err
		}
		fresh := "30 * day"
		if w.Default == "last 24 hours" || w.Default == "last day" {
			fresh = "day"
		}
		fmt.Fprintf(b, "\t\twindow: &reach{months: %d, back: %d, fresh: %s, dates: %v},\n", longest, back, fresh, w.Precision == "date")
	}
	if x.File != nil {
		fmt.Fprintf(b, "\t\tfile: %q,\n", x.File.Sort)
	}
	if me.Response != nil {
		fmt.Fprintf(b, "\t\tshape: %s,\n", goRaw(shape(m, me.Response)))
	}
	b.WriteString("\t},\n")
	return nil
}

// months reads a period such as P6M; what is shorter than a month counts as one.
func months(period string) (int, error) {
	if period == "" {
		return 0, nil
	}
	var n int
	var unit string
	if _, err := fmt.Sscanf(period, "P%d%s", &n, &unit); err != nil || !slices.Contains([]string{"D", "W", "M", "Y"}, unit) {
		return 0, fmt.Errorf("window: the period %q", period)
	}
	switch unit {
	case "Y":
		return 12 * n, nil
	case "M":
		return n, nil
	}
	return 1, nil
}

// shape is an answer's schema as JSON: objects are objects, arrays have one
// element, {"$enum": […]} lists values, and any other leaf is the format of a
// string, or the type. Deprecated fields are left out.
func shape(m *model, t *typ) string {
	r := m.resolve(t)
	switch {
	case r.Kind == "array":
		return "[" + shape(m, r.Items) + "]"
	case m.isObject(r):
		var fields []string
		for _, f := range m.flat(r) {
			if !f.Type.Deprecated {
				fields = append(fields, jsonText(f.Name)+":"+shape(m, f.Type))
			}
		}
		return "{" + strings.Join(fields, ",") + "}"
	case len(r.Enum) > 0:
		return `{"$enum":` + jsonText(r.Enum) + "}"
	case r.Kind == "string" && r.Format != "":
		return jsonText(r.Format)
	}
	return jsonText(cmp.Or(r.Kind, "string"))
}
