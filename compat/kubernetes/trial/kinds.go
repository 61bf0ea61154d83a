package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// Kind is a kind of object whose field root is a map from strings to strings, which is all that
// the ledgers need to know of it.
type Kind struct {
	resource schema.GroupVersionResource
	name     string
	root     string
}

var (
	configMaps = Kind{schema.GroupVersionResource{Version: "v1", Resource: "configmaps"},
		"ConfigMap", "data"}
	parcels = Kind{schema.GroupVersionResource{
		Group: "trial.quorate.io", Version: "v1", Resource: "parcels"}, "Parcel", "spec"}
)

// Objects are those of one kind in one namespace.
type Objects struct {
	kind      Kind
	namespace string
	client    dynamic.ResourceInterface
}

func (t *Trial) objectsOf(kind Kind, namespace string) Objects {
	return Objects{kind, namespace, t.dynamic.Resource(kind.resource).Namespace(namespace)}
}

// build makes an object that holds the fields; revision is empty where none is expected.
func (o Objects) build(name, revision string, fields map[string]string) *unstructured.Unstructured {
	held := map[string]any{}
	for key, value := range fields {
		held[key] = value
	}
	object := &unstructured.Unstructured{Object: map[string]any{o.kind.root: held}}
	object.SetAPIVersion(o.kind.resource.GroupVersion().String())
	object.SetKind(o.kind.name)
	object.SetNamespace(o.namespace)
	object.SetName(name)
	object.SetResourceVersion(revision)
	return object
}

// foreign is the name of the one object that a controller puts beside ours in each namespace.
const foreign = "kube-root-ca.crt"

// own gives those objects that are ours.
func (o Objects) own(all []unstructured.Unstructured) []unstructured.Unstructured {
	return slices.DeleteFunc(all, func(each unstructured.Unstructured) bool {
		return each.GetName() == foreign
	})
}

func (o Objects) fields(object *unstructured.Unstructured) map[string]string {
	fields, _, _ := unstructured.NestedStringMap(object.Object, o.kind.root)
	return fields
}

// bodyOf is what belongs to a token, so that a token never comes with the body of another one.
func bodyOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return strings.Repeat(hex.EncodeToString(sum[:]), 4)
}

func revisionOf(object interface{ GetResourceVersion() string }) int64 {
	revision, err := strconv.ParseInt(object.GetResourceVersion(), 10, 64)
	if err != nil {
		return -1
	}
	return revision
}

func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, callTimeout)
}

// defineParcels makes the custom resource, and waits until it is served.
func (t *Trial) defineParcels(ctx context.Context) error {
	group := parcels.resource.Group
	plain := "string"
	definition := &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: parcels.resource.Resource + "." + group},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: group,
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{
				Plural: parcels.resource.Resource, Singular: "parcel",
				Kind: parcels.name, ListKind: parcels.name + "List"},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: parcels.resource.Version, Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{
					OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
						Type: "object",
						Properties: map[string]apiextensionsv1.JSONSchemaProps{"spec": {
							Type: "object",
							AdditionalProperties: &apiextensionsv1.JSONSchemaPropsOrBool{
								Allows: true,
								Schema: &apiextensionsv1.JSONSchemaProps{Type: plain}}}}}}}}}}
	definitions := t.crds.ApiextensionsV1().CustomResourceDefinitions()
	_, err := t.wait(ctx, "the custom resource is served", func(c context.Context) (bool, error) {
		_, err := definitions.Create(c, definition, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return false, err
		}
		_, err = t.objectsOf(parcels, "default").client.List(c, metav1.ListOptions{})
		return err == nil, err
	})
	return err
}

func describe(object *unstructured.Unstructured) string {
	return fmt.Sprintf("%s/%s at %s", object.GetNamespace(), object.GetName(),
		object.GetResourceVersion())
}
