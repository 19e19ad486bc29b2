"""Apart from `apps`, where Django expects one configuration alone."""

from django.contrib.admin.apps import AdminConfig


class BackOfficeAdminConfig(AdminConfig):
    """Django's admin behind the sign-in of the pages."""

    default_site = "backoffice.admin_site.BackOfficeSite"
