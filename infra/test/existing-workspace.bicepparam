// Logs go to a workspace that others use, too.
using '../main.bicep'

param environmentName = 'shared-logs'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]

param workspaceId = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/all'
