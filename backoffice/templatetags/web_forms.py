"""Form fields in our design, also those of forms that are not ours."""

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def with_class(field: BoundField, css_class: str) -> SafeString:
    """The field's widget with a CSS class."""
    return field.as_widget(attrs={"class": css_class})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the label belongs behind the box."""
    return isinstance(field.field.widget, forms.CheckboxInput)
