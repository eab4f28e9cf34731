"""What Pryv.io is: roles, services, stores, folders, the gap. Pure data and rules, no I/O."""
