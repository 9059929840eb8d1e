"""The admin of saved sets: what is in them, corrections by hand, and refreshing."""

from django import forms
from django.contrib import admin, messages

from .fields import IdsFormField


class ObjectSetForm(forms.ModelForm):
    add_ids = IdsFormField(required=False, help_text="Ids that shall enter: 1, 2, 5..9", label="Add")
    remove_ids = IdsFormField(required=False, help_text="Ids that shall leave, and stay out", label="Remove")


class ObjectSetAdmin(admin.ModelAdmin):
    form = ObjectSetForm
    list_display = ("name", "count", "modified", "refreshed", "last_error")
    search_fields = ("name",)
    readonly_fields = ("first_members", "query", "expression", "created", "modified", "refreshed", "saved_by", "last_error")
    actions = ("refresh_sets",)

    @admin.display(description="members")
    def first_members(self, saved):
        if saved is None or saved._state.adding:
            return "-"
        first = ", ".join(map(str, saved.page(size=20)))
        more = saved.count - 20
        return f"{first} ... {more} more" if more > 0 else first or "none"

    @admin.action(description="Refresh the selected sets")
    def refresh_sets(self, request, queryset):
        found = queryset.exclude(query=None, expression=None)
        for name, entered, departed in found.refresh():
            if entered is None:
                self.message_user(request, f"{name} was not refreshed; see its last error", messages.ERROR)
            else:
                self.message_user(request, f"{name}: {entered} entered, {departed} left")

    def save_model(self, request, saved, form, change):
        super().save_model(request, saved, form, change)
        for change_by, what in (("add", "entered"), ("remove", "left")):
            ids = form.cleaned_data.get(f"{change_by}_ids")
            if ids:
                done = getattr(saved, change_by)(ids)
                self.message_user(request, f"{done} {what}", messages.INFO)
