package main

import (
	"fmt"
	"slices"
	"strings"
)

// restNames finds the parameters for the names in a REST path that are not
// themselves parameters of the method. The REST paths are a contract of their
// own and name some things otherwise than Zoom.
func restNames(me *method) (map[string]string, error) {
	if !strings.HasPrefix(me.Ext.REST, "/") || strings.ContainsAny(me.Ext.REST, "{}") {
		return nil, fmt.Errorf("rest: %q; a path begins with / and has its parameters as /users/:userId", me.Ext.REST)
	}
	names := namesIn(me.Ext.REST)
	isParam := func(name string) bool {
		return slices.ContainsFunc(me.Params, func(p param) bool { return p.Name == name })
	}
	var lacking []string
	for _, p := range me.Params {
		if p.In == "path" && !slices.Contains(names, p.Name) {
			lacking = append(lacking, p.Name)
		}
	}
	out := map[string]string{}
	for _, name := range names {
		told, ok := me.Ext.RESTParams[name]
		switch {
		case ok && told == nil:
			out[name] = ""
		case ok && isParam(*told):
			out[name] = *told
		case ok:
			return nil, fmt.Errorf("rest_params: there is no parameter %s", *told)
		case isParam(name):
		case len(lacking) == 1:
			out[name] = lacking[0]
		default:
			return nil, fmt.Errorf("rest: %s is no parameter, and %d path parameters are not in the path: say in rest_params which it is", name, len(lacking))
		}
	}
	for name := range me.Ext.RESTParams {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("rest_params: %s is not in the path", name)
		}
	}
	return out, nil
}

// namesIn returns the names in a path such as /users/:userId.
func namesIn(path string) []string {
	var names []string
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, ":"); ok {
			names = append(names, name)
		}
	}
	return names
}
